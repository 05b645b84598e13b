import type { Json } from './json.ts';
import type { Change } from './plan.ts';

/**
 * `intended`: journaled, no outcome yet; after a crash that means unknown. `interrupted`: stopped safely between two atomic pieces.
 * `unknown`: the effect was sent and its answer lost.
 */
export type StepStatus = 'intended' | 'done' | 'failed' | 'unknown' | 'interrupted';

/** One journaled change: intent before effect, outcome after. */
export interface Step {
  /** Unique within the journal, e.g. `s-3f9k2a`; what `spillway undo` takes. */
  readonly id: string;
  readonly runId: string;
  /** The step of the runbook that it belongs to; null for a single operation. */
  readonly bookStep: string | null;
  readonly operation: string;
  readonly change: Change;
  /** What `undo` needs to bring the former state back; null when it cannot be undone. */
  readonly undo: Json;
  readonly status: StepStatus;
  /** What the effect returned. */
  readonly result: Json;
  readonly error: string | null;
  /** ISO-8601. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** The step that undid this one. */
  readonly undoneBy: string | null;
}

/** What a probe found out about a step whose outcome is not known. `partial`: begun, can be called again. */
export type Probed = 'done' | 'not-done' | 'partial' | 'unknown';
