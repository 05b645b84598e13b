import { visible } from '../core/visible.ts';
import type { BookOutcome } from '../runbook/runner.ts';
import type { Runbook } from '../runbook/schema.ts';
import { duration, wrap } from './format.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** The end of a run: how it ended, a line a step, what to type next. */
export function renderBookOutcome(
  parts: { readonly book: Runbook; readonly incidentId: string | null; readonly outcome: BookOutcome },
  style: Style,
): string {
  const { book, incidentId, outcome } = parts;
  const rows = outcome.steps.map((step) => {
    const took =
      step.startedAt === null || step.finishedAt === null
        ? ''
        : duration((Date.parse(step.finishedAt) - Date.parse(step.startedAt)) / 1_000);
    return [step.id, step.status, took];
  });
  const words = {
    done: style.green('done'),
    stopped: style.yellow('stopped'),
    planned: 'planned; nothing was changed',
  }[outcome.status];
  const lines = [
    style.bold(`${visible(book.title)}: ${words}`),
    '',
    table([{ title: 'Step' }, { title: 'Status' }, { title: 'Took', align: 'right' }], rows),
    '',
  ];
  if (outcome.status === 'planned') lines.push(`Run it:   spillway runbook run ${book.id}`);
  if (outcome.status === 'stopped' && outcome.runId !== null)
    lines.push(`Resume:   spillway runbook resume ${outcome.runId}`);
  if (outcome.runId !== null)
    lines.push(
      `Account:  spillway incident timeline ${incidentId ?? ''}`,
      `Undo:     spillway undo ${outcome.runId}`,
    );
  return lines.join('\n');
}

/** A book as one reads it before running it. */
export function renderRunbook(book: Runbook, style: Style): string {
  const lines = [
    style.bold(visible(book.title)),
    wrap(visible(book.description), 80),
    '',
    wrap(`Source: ${visible(book.source)}`, 80, 8),
    '',
  ];
  const inputs = Object.entries(book.inputs);
  if (inputs.length > 0) {
    lines.push('Inputs (--input name=value)');
    for (const [name, input] of inputs) {
      const fallback =
        input.default === undefined
          ? input.required
            ? 'required'
            : 'optional'
          : `default ${JSON.stringify(input.default)}`;
      lines.push(wrap(`  ${name} (${input.type}, ${fallback}): ${visible(input.description)}`, 80, 6));
    }
    lines.push('');
  }
  for (const [index, step] of book.steps.entries()) {
    const action =
      step.reportAction === undefined ? '' : style.dim(` (corrective action ${step.reportAction})`);
    lines.push(`${String(index + 1).padStart(2)}. ${style.bold(visible(step.title))}${action}`);
    lines.push(`    ${wrap(visible(step.why), 76, 4)}`);
    lines.push(
      style.dim(
        `    ${step.id}: ${step.operation ?? 'checks only'}${step.when === undefined ? '' : `, when ${step.when}`}`,
      ),
    );
    for (const branch of step.gate?.branches ?? [])
      lines.push(`    if ${branch.when} -> ${branch.to}: ${visible(branch.title)}`);
    if (step.gate !== undefined)
      lines.push(`    else -> ${step.gate.default.to}: ${visible(step.gate.default.title)}`);
  }
  lines.push(
    '',
    `Audit:   spillway runbook run ${book.id} --dry-run`,
    `Guided:  spillway runbook run ${book.id}`,
  );
  return lines.join('\n');
}
