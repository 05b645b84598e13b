import type { Check } from '../core/check.ts';
import type { Impact } from '../core/operation.ts';
import type { Party, Plan } from '../core/plan.ts';
import type { Step } from '../core/step.ts';
import { visible } from '../core/visible.ts';
import { count, counted, labelled, wrap } from './format.ts';
import type { Style } from './style.ts';

const width = 80;
const most = 12;

const impactWords: Readonly<Record<Impact, string>> = {
  read: 'reads only',
  reversible: 'can be undone',
  destructive: 'destructive: needs the name of the target',
  external: 'seen by people outside',
};

/** A plan as a person decides on it: what, whom it touches, each change, what cannot be undone. */
export function renderPlan(plan: Plan<unknown>, impact: Impact, style: Style): string {
  const lines = [
    style.bold(wrap(visible(plan.summary), width)),
    '',
    `Target   ${plan.target} (${impactWords[impact]})`,
    ...radius(plan, style),
  ];
  if (plan.changes.length === 0) {
    lines.push('', 'Nothing to change.');
  } else {
    lines.push('', `Changes  ${count(plan.changes.length)}`);
    for (const change of plan.changes.slice(0, most)) {
      lines.push(
        labelled(
          '',
          `${change.action} ${visible(change.target)}${change.count === 1 ? '' : ` (${count(change.count)})`}: ${shown(change.before)} -> ${shown(change.after)}`,
          2,
        ),
      );
    }
    if (plan.changes.length > most)
      lines.push(`  … and ${count(plan.changes.length - most)} more (all of them: --json)`);
  }
  for (const note of plan.notes) lines.push(labelled('Note', visible(note), 9));
  for (const warning of plan.irreversible)
    lines.push(style.yellow(wrap(`Cannot be undone: ${visible(warning)}`, width, 9)));
  return lines.join('\n');
}

/** The statements and commands behind a plan. */
export function renderCommands(plan: Plan<unknown>): string {
  if (plan.commands.length === 0) return '(this plan sends no commands)';
  return plan.commands.map((command) => visible(command, { multiline: true })).join('\n');
}

/** One line for each step that was carried out. */
export function renderSteps(steps: readonly Step[], style: Style): string {
  return steps
    .map((step) => {
      const mark = step.status === 'done' ? style.green('done   ') : style.red(step.status.padEnd(7));
      return `${mark}  ${step.change.action} ${visible(step.change.target)}  ${style.dim(step.id)}${step.error === null ? '' : `\n         ${visible(step.error)}`}`;
    })
    .join('\n');
}

/** One line for each check. */
export function renderChecks(checks: readonly Check[], style: Style): string {
  return checks
    .map(
      (check) =>
        `${check.ok ? style.green('ok     ') : style.red('NOT OK ')}  ${check.name}: ${visible(check.detail)}`,
    )
    .join('\n');
}

function radius(plan: Plan<unknown>, style: Style): string[] {
  const { clients, conversations, messages } = plan.blastRadius;
  const touched = [
    ...(messages > 0 ? [counted(messages, 'message')] : []),
    ...(conversations.length > 0 ? [counted(conversations.length, 'conversation')] : []),
    ...(clients.length > 0 ? [counted(clients.length, 'client')] : []),
  ];
  if (touched.length === 0) return [];
  return [
    style.bold(labelled('Touches', touched.join(', '), 9)),
    ...names('clients', clients),
    ...names('conversations', conversations),
  ];
}

function names(label: string, parties: readonly Party[]): string[] {
  if (parties.length === 0) return [];
  const listed = parties.slice(0, most).map((party) => `${party.id} ${visible(party.name)}`);
  const rest = parties.length > most ? `, … ${count(parties.length - most)} more` : '';
  return [labelled('', `${label}: ${listed.join(', ')}${rest}`, 9)];
}

function shown(value: unknown): string {
  if (typeof value === 'string') return visible(value);
  if (typeof value === 'number') return count(value);
  if (value === null) return 'none';
  if (typeof value === 'object' && !Array.isArray(value)) {
    return Object.entries(value)
      .map(([name, member]) => `${name} ${shown(member)}`)
      .join(', ');
  }
  return visible(JSON.stringify(value));
}
