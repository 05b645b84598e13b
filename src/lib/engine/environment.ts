import type { Clock } from '../core/clock.ts';
import type { LockHome } from '../core/lock.ts';
import type { Impact, Operation, Progress } from '../core/operation.ts';
import type { Change, Plan } from '../core/plan.ts';
import type { StepStatus } from '../core/step.ts';
import type { Journal } from '../journal/journal.ts';

/** Who runs the engine, and on which machine: what the journal and the lock record. */
export interface Operator {
  /** `user@host`. */
  readonly actor: string;
  readonly host: string;
  readonly pid: number;
  isAlive(pid: number): boolean;
}

/** What the engine tells the screen while it works. */
export type EngineEvent =
  | { readonly kind: 'step-started'; readonly change: Change }
  | { readonly kind: 'step-skipped'; readonly change: Change }
  | {
      readonly kind: 'step-ended';
      readonly change: Change;
      readonly status: StepStatus;
      readonly error: string | null;
    }
  | { readonly kind: 'lock-taken-over'; readonly from: string };

/** Everything the engine needs of the world for one target. */
export interface EngineEnvironment<Read, Write> {
  readonly target: string;
  readonly read: Read;
  /** Lent to effects only. */
  readonly write: Write;
  readonly journal: Journal;
  readonly lock: LockHome;
  readonly operator: Operator;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly newId: (prefix: string) => string;
  /** Compares the live stores with the identity that the target pins; throws SpillwayError `refused` when they are not the same. */
  readonly confirmIdentity: () => Promise<void>;
  readonly observe: (event: EngineEvent) => void;
}

/** An operation of any kind, as the engine handles it: it never looks inside inputs and data. */
// biome-ignore lint/suspicious/noExplicitAny: the engine passes inputs and plan data through without looking at them
export type AnyOperation<Read, Write> = Operation<any, any, Read, Write>;

/** What the operator agreed to. */
export interface Consent {
  /** The target's name as the operator typed it, or null. */
  readonly targetTyped: string | null;
  /** A plain yes. */
  readonly yes: boolean;
  /** `flag --confirm`, `typed at the prompt`: for the journal. */
  readonly how: string;
}

/** Asks for consent, with the plan in view. Called only when the plan changes something. */
export type AskConsent = (plan: Plan<unknown>, impact: Impact) => Promise<Consent>;
