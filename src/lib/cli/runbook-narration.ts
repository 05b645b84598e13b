import { visible } from '../core/visible.ts';
import type { StepView } from '../runbook/conduct.ts';
import type { BookStepResult } from '../runbook/state.ts';
import { duration, wrap } from '../views/format.ts';
import type { Streams } from './streams.ts';

/** Tells a run of a book step by step on standard error; the same words for every way to run it. */
export class Narration {
  readonly #streams: Streams;

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  announce({ step, number, total }: StepView, withWhy: boolean): void {
    const { bold, dim } = this.#streams.errStyle;
    const action = step.reportAction === undefined ? '' : dim(`  (corrective action ${step.reportAction})`);
    this.#streams.err(`\n${bold(`[${number}/${total}] ${visible(step.title)}`)}${action}`);
    if (withWhy) this.#streams.err(`      ${wrap(visible(step.why), 74, 6)}`);
  }

  finished(result: BookStepResult): void {
    const { green, yellow, red, dim } = this.#streams.errStyle;
    const mark = {
      done: green('done'),
      planned: 'plan',
      skipped: yellow('skipped'),
      failed: red('FAILED'),
      unknown: red('UNKNOWN'),
      interrupted: yellow('interrupted'),
      stopped: yellow('stopped'),
    }[result.status];
    const took =
      result.startedAt === null || result.finishedAt === null
        ? ''
        : dim(` (${duration((Date.parse(result.finishedAt) - Date.parse(result.startedAt)) / 1_000)})`);
    this.#streams.err(`      ${mark}: ${wrap(visible(result.summary), 74, 6)}${took}`);
    for (const check of result.checks) {
      this.#streams.err(
        `      ${check.ok ? green('ok') : red('NOT OK')}  ${wrap(visible(`${check.name}: ${check.detail}`), 70, 10)}`,
      );
    }
  }

  branched(title: string, to: string): void {
    this.#streams.err(`      gate: ${visible(title)} -> ${to}`);
  }
}
