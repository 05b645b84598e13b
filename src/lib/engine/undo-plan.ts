import { SpillwayError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { nobody, type Plan } from '../core/plan.ts';
import type { Step } from '../core/step.ts';
import type { RunHistory } from '../journal/history.ts';

/**
 * The steps that an id stands for: one step, or all of a run that changed something, can be undone, and are not undone yet.
 * Throws SpillwayError `usage` for an unknown id, `refused` for a step that cannot be undone.
 */
export function stepsToUndo(runs: readonly RunHistory[], id: string): Step[] {
  const run = runs.find((one) => one.id === id);
  if (run !== undefined) return run.steps.filter((step) => isUndoable(step) && step.undoneBy === null);
  const steps = runs.flatMap((one) => one.steps);
  const step = steps.find((one) => one.id === id);
  if (step === undefined) {
    const ids = [...steps.map((one) => one.id), ...runs.map((one) => one.id)];
    throw new SpillwayError('usage', `the journal has no step and no run "${id}".`, {
      suggestions: [...nearest(id, ids).map((one) => `spillway undo ${one}`), 'spillway journal show'],
    });
  }
  if (step.undoneBy !== null) return [];
  if (!isUndoable(step)) {
    throw new SpillwayError(
      'refused',
      `step ${id} (${step.change.action} ${step.change.target}) cannot be undone${step.status === 'failed' ? ': it failed' : ''}.`,
    );
  }
  return [step];
}

/** What undoing these steps will do, as a plan to show. */
export function undoPlan(
  target: string,
  steps: readonly Step[],
  now: Date,
): Plan<{ readonly steps: readonly string[] }> {
  return {
    operation: 'undo',
    target,
    summary:
      steps.length === 0
        ? 'Nothing is left to undo.'
        : `Undo ${steps.length === 1 ? 'one step' : `${steps.length} steps`}, newest first.`,
    basis: { measuredAt: now.toISOString(), facts: [] },
    changes: [...steps].reverse().map((step) => ({
      ...step.change,
      id: `undo ${step.id}`,
      action: `undo ${step.change.action}`,
      before: step.change.after,
      after: step.change.before,
    })),
    blastRadius: nobody,
    irreversible: [],
    commands: [],
    notes: [],
    data: { steps: steps.map((step) => step.id) },
  };
}

/** A step that failed cleanly has left nothing; anything else may have. */
function isUndoable(step: Step): boolean {
  return step.undo !== null && step.status !== 'failed';
}
