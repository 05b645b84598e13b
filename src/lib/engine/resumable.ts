import { SpillwayError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { RunHistory } from '../journal/history.ts';

/** The newest run that did not end well and can be gone on with, or null. Whether somebody still works on it, only the lock tells. */
export function newestUnfinished(runs: readonly RunHistory[]): RunHistory | null {
  const unfinished = (run: RunHistory) =>
    run.status !== 'done' && (run.kind === 'runbook' || (run.kind === 'operation' && hasBegun(run)));
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

/** A single operation that never came to a step, or whose steps were undone, has nothing to go on with. */
function hasBegun(run: RunHistory): boolean {
  return run.steps.length > 0 && run.steps.every((step) => step.undoneBy === null);
}
