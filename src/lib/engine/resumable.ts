import { SpillwayError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { RunHistory } from '../journal/history.ts';

/**
 * The newest run that did not end well and is worth going on with, or null: one that somebody has begun to undo is only resumed when it is named.
 * Whether somebody still works on it, only the lock tells.
 */
export function newestUnfinished(runs: readonly RunHistory[]): RunHistory | null {
  const unfinished = (run: RunHistory) =>
    run.status !== 'done' &&
    run.steps.every((step) => step.undoneBy === null) &&
    (run.kind === 'runbook' || (run.kind === 'operation' && run.steps.length > 0));
  return runs.findLast(unfinished) ?? null;
}

/**
 * The run to go on with: the one named, else the newest that did not end well.
 * Throws SpillwayError `usage` when there is none, `refused` for a run that is done or that is an undo.
 */
export function resumableRun(runs: readonly RunHistory[], id: string | null): RunHistory {
  if (id === null) {
    const newest = newestUnfinished(runs);
    if (newest === null)
      throw new SpillwayError('usage', 'every run ended well: there is nothing to resume.', {
        suggestions: ['spillway journal show'],
      });
    return newest;
  }
  const run = runs.find((one) => one.id === id);
  if (run === undefined) {
    throw new SpillwayError('usage', `the journal has no run "${id}".`, {
      suggestions: [
        ...nearest(
          id,
          runs.map((one) => one.id),
        ).map((one) => `spillway runbook resume ${one}`),
        'spillway journal show',
      ],
    });
  }
  if (run.status === 'done')
    throw new SpillwayError('refused', `run ${id} is done: there is nothing to resume.`, {
      suggestions: [`spillway journal show --run ${id}`],
    });
  if (run.kind === 'undo')
    throw new SpillwayError('refused', `run ${id} is an undo; undo again what is left.`, {
      suggestions: [`spillway undo ${run.name.split(' ')[0] ?? ''}`],
    });
  return run;
}
