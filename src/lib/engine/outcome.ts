import { SpillwayError } from '../core/errors.ts';
import type { StepStatus } from '../core/step.ts';
import type { RunStatus } from '../journal/history.ts';

/** What is known of a step whose effect threw: an error that was not raised on purpose says nothing about what was done before it. */
export function stepStatusOf(error: unknown): StepStatus {
  if (!(error instanceof SpillwayError)) return 'unknown';
  if (error.code === 'unknown-outcome') return 'unknown';
  return error.code === 'interrupted' ? 'interrupted' : 'failed';
}

/** The status with which a run ends after an error. */
export function runStatusOf(error: unknown): RunStatus {
  const status = stepStatusOf(error);
  if (status === 'unknown' || status === 'interrupted') return status;
  return error instanceof SpillwayError && error.code === 'refused' ? 'stopped' : 'failed';
}
