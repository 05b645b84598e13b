import { z } from 'zod';
import { SpillwayError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Party } from '../core/plan.ts';
import type { Probed, Step } from '../core/step.ts';
import type { StatusChange, StatusOutcome } from '../orchestrator/contract.ts';

/** Rows that a step takes from one status to another: what is journaled as undo data. */
export interface PlannedStatus<Status extends string> {
  readonly id: number;
  readonly from: Status;
  readonly to: Status;
}

const row = z.object({ id: z.number(), from: z.string(), to: z.string() });
const undoData = z.object({ changes: z.array(row) });
const outcome = z.object({ changed: z.array(row) });

/** Undo data of a step, as JSON. */
export function statusUndo<Status extends string>(changes: readonly PlannedStatus<Status>[]): Json {
  return { changes: changes.map(({ id, from, to }) => ({ id, from, to })) };
}

/** What the writer reported, as JSON for the journal. */
export function statusResult<Status extends string>(result: StatusOutcome<Status>) {
  return {
    changed: result.changed.map(({ id, from, to }) => ({ id, from, to })),
    unchanged: result.unchanged.map(({ id, found }) => ({ id, found })),
  };
}

/**
 * The rows of a step: what it really changed, where it said so, else what it was going to change. `Status` is the caller's: the statuses come from the journal,
 * and the statement's guard compares them with the table anyway.
 */
export function rowsOfStep<Status extends string>(step: Step): PlannedStatus<Status>[] {
  const reported = outcome.safeParse(step.result);
  if (reported.success) return reported.data.changed as PlannedStatus<Status>[];
  const intended = undoData.safeParse(step.undo);
  if (intended.success) return intended.data.changes as PlannedStatus<Status>[];
  throw new SpillwayError(
    'failed',
    `the journal does not hold what step ${step.id} changed, so it cannot be undone.`,
  );
}

/** The way back: every row from where the step left it to where it was. Rows that somebody has moved since are left alone by the guard. */
export function reversed<Status extends string>(
  rows: readonly PlannedStatus<Status>[],
): StatusChange<Status>[] {
  return rows.map(({ id, from, to }) => ({ id, from: [to], to: from }));
}

/** Throws `stale-plan` when an undo found none of its rows as the step had left them. */
export function demandSomeUndone<Status extends string>(step: Step, result: StatusOutcome<Status>): void {
  if (result.changed.length > 0 || result.unchanged.length === 0) return;
  throw new SpillwayError(
    'stale-plan',
    `step ${step.id} cannot be undone: nothing that it changed is as it left it any more. Nothing was changed.`,
    { suggestions: ['spillway status'], details: statusResult(result) },
  );
}

/** Judges a step without an outcome by what is found now. */
export function probedFrom<Status extends string>(
  rows: readonly PlannedStatus<Status>[],
  now: ReadonlyMap<number, Status>,
): Probed {
  const done = rows.filter((one) => now.get(one.id) === one.to).length;
  if (done === rows.length) return 'done';
  if (rows.every((one) => now.get(one.id) === one.from)) return 'not-done';
  return done === 0 ? 'not-done' : 'partial';
}

/** The distinct parties of some rows, by id. */
export function parties(rows: readonly Party[]): Party[] {
  return [...new Map(rows.map(({ id, name }) => [id, { id, name }])).values()].sort((a, b) => a.id - b.id);
}

/** `3, 7, 12`, cut after 20. */
export function idList(ids: readonly number[]): string {
  const shown = ids.slice(0, 20).join(', ');
  return ids.length > 20 ? `${shown}, … ${(ids.length - 20).toLocaleString('en-US')} more` : shown;
}

/** `1 conversation`, `1,200 conversations`. */
export function amount(value: number, one: string): string {
  return `${value.toLocaleString('en-US')} ${one}${value === 1 ? '' : 's'}`;
}
