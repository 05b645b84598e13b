import { visible } from '../core/visible.ts';
import type { StepView } from '../runbook/conduct.ts';
import type { BookStepResult } from '../runbook/state.ts';
import { duration, labelled } from '../views/format.ts';
import type { Streams } from './streams.ts';

/** Tells a run of a book step by step on standard error; the same words for every way to run it. */
export class Narration {
  readonly #streams: Streams;

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  announce({ step, number, total }: StepView, withWhy: boolean): void {
    const action = step.reportAction === undefined ? '' : `, action ${step.reportAction}`;
    const place = `[${number}/${total}${action}] `;
    this.#streams.err(`\n${this.#streams.errStyle.bold(labelled(place, visible(step.title), place.length))}`);
    if (withWhy) this.#streams.err(labelled('', visible(step.why), 6));
  }

  finished(result: BookStepResult): void {
    const { green, yellow, red } = this.#streams.errStyle;
    const looks = {
      done: green,
      planned: green,
      skipped: yellow,
      failed: red,
      unknown: red,
      interrupted: yellow,
      stopped: yellow,
    };
    const took =
      result.startedAt === null || result.finishedAt === null
        ? ''
        : ` (${duration((Date.parse(result.finishedAt) - Date.parse(result.startedAt)) / 1_000)})`;
    this.#line(result.status, looks[result.status], `${result.summary}${took}`);
    for (const check of result.checks) {
      this.#line(check.ok ? 'ok' : 'NOT OK', check.ok ? green : red, `${check.name}: ${check.detail}`);
    }
  }

  /** An indented line that begins with a marked word; the words beside it stay within 80 columns. */
  #line(word: string, look: (text: string) => string, text: string): void {
    const column = word.length + 2;
    const lines = labelled(`${word}:`, visible(text), column, 74).replaceAll('\n', `\n${' '.repeat(6)}`);
    this.#streams.err(`      ${look(word)}${lines.slice(word.length)}`);
  }

  branched(title: string, to: string): void {
    this.#line('gate', this.#streams.errStyle.bold, `${title} -> ${to}`);
  }
}
