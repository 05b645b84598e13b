import { z } from 'zod';
import type { Check } from '../../../src/lib/core/check.ts';
import type { Json, JsonObject } from '../../../src/lib/core/json.ts';
import { diagnosis } from '../../../src/lib/core/operation.ts';
import type { AnyOperation } from '../../../src/lib/engine/environment.ts';
import type { RunHistory } from '../../../src/lib/journal/history.ts';
import type { Conduct, Decision } from '../../../src/lib/runbook/conduct.ts';
import { expressionsOf } from '../../../src/lib/runbook/expressions.ts';
import { type BookOutcome, runBook } from '../../../src/lib/runbook/runner.ts';
import { type Runbook, runbookSchema } from '../../../src/lib/runbook/schema.ts';
import type { BookStepResult } from '../../../src/lib/runbook/state.ts';
import type { CountersRead, CountersWrite } from '../engine/counters.ts';
import { type Desk, named } from '../engine/desk.ts';

export type BookOperation = AnyOperation<CountersRead, CountersWrite>;

/** A book from its steps; each has a title and a reason without being told. */
export function bookOf(
  steps: readonly ({ readonly id: string } & Record<string, unknown>)[],
  inputs: Record<string, unknown> = {},
): Runbook {
  return runbookSchema.parse({
    schema: 'spillway/runbook/1',
    id: 'test-book',
    title: 'A book',
    description: 'For a test.',
    source: 'this test',
    inputs,
    steps: steps.map((step) => ({ title: `Step ${step.id}`, why: 'for a test', ...step })),
  });
}

/** `counters.get`: reads a counter; its data is `{value}`. `values` are what it reads one after the other, else what the counter holds. */
export function gettingCounter(values: number[] = []): BookOperation {
  return diagnosis<{ name: string }, { value: number }, CountersRead, CountersWrite>({
    id: 'counters.get',
    title: 'Get a counter',
    input: z.strictObject({ name: z.string() }),
    measure: async ({ read }, { name }) => {
      const value = values.shift() ?? read.get(name);
      return { summary: `${name} is ${value}.`, data: { value } };
    },
  });
}

export interface BookParts {
  readonly book: Runbook;
  readonly operations: readonly BookOperation[];
  readonly inputs?: JsonObject;
  /** What the operator decides, by step; apply unless told. */
  readonly decisions?: Readonly<Record<string, Decision>>;
  readonly choices?: Readonly<Record<string, readonly Json[]>>;
  readonly applies?: boolean;
  readonly history?: RunHistory | null;
  readonly incidentId?: string;
  readonly checkSnapshot?: () => Check;
  /** Told to the journal when the step is put before the operator. */
  readonly notes?: Readonly<Record<string, string>>;
}

export interface BookRecord {
  readonly announced: string[];
  /** Steps whose plan was put before the operator. */
  readonly decided: string[];
  readonly offered: Record<
    string,
    readonly { readonly value: Json; readonly label: string; readonly chosen: boolean }[]
  >;
  readonly branches: string[];
  readonly finished: BookStepResult[];
}

/** Runs a book at a desk with a conduct that answers from `parts`, and keeps what it was told. */
export function bookRun(
  made: Desk,
  parts: BookParts,
): { readonly seen: BookRecord; readonly outcome: Promise<BookOutcome> } {
  const seen: BookRecord = { announced: [], decided: [], offered: {}, branches: [], finished: [] };
  const decide = async (id: string, note: (text: string) => Promise<void>): Promise<Decision> => {
    const text = parts.notes?.[id];
    if (text !== undefined) await note(text);
    return parts.decisions?.[id] ?? { kind: 'apply', consent: named };
  };
  const conduct: Conduct = {
    applies: parts.applies ?? true,
    announce: ({ step }) => void seen.announced.push(step.id),
    async choose({ step }, items) {
      seen.offered[step.id] = items;
      return parts.choices?.[step.id] ?? items.filter((item) => item.chosen).map((item) => item.value);
    },
    decideRead: ({ step }, note) => decide(step.id, note),
    decideChange({ step }, _plan, _impact, note) {
      seen.decided.push(step.id);
      return decide(step.id, note);
    },
    finished: (_view, result) => void seen.finished.push(result),
    branched: (_view, title, to) => void seen.branches.push(`${title} -> ${to}`),
  };
  const outcome = runBook(
    {
      env: made.env,
      book: parts.book,
      inputs: parts.inputs ?? {},
      incidentId: parts.incidentId ?? null,
      conduct,
      evaluate: expressionsOf(parts.book),
      operationOf: async (id) => {
        const found = parts.operations.find((operation) => operation.id === id);
        if (found === undefined) throw new Error(`the test has no operation ${id}`);
        return found;
      },
      checkSnapshot: async () => parts.checkSnapshot?.() ?? { name: 'snapshot', ok: true, detail: 'good' },
      takeOver: false,
    },
    parts.history ?? null,
  );
  return { seen, outcome };
}

/** `id status` of every step of an outcome, in order. */
export function statuses(outcome: Pick<BookOutcome, 'steps'>): string[] {
  return outcome.steps.map(({ id, status }) => `${id} ${status}`);
}
