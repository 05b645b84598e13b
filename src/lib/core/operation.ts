import type { ZodType } from 'zod';
import type { Check } from './check.ts';
import type { Clock } from './clock.ts';
import type { Json } from './json.ts';
import type { Basis, Change, Plan } from './plan.ts';
import type { Probed, Step } from './step.ts';

/** `read` changes nothing; `reversible` can be undone; `destructive` needs the target's name; `external` is seen by people outside. */
export type Impact = 'read' | 'reversible' | 'destructive' | 'external';

/** Tells a person how far a long piece of work is; does nothing where nobody looks. `fraction` is 0–1 when known. */
export type Progress = (message: string, fraction?: number) => void;

/** What planning and verifying get: readers only. */
export interface ReadContext<Read> {
  /** Name of the target. */
  readonly target: string;
  readonly read: Read;
  readonly clock: Clock;
  /** Aborted on Ctrl-C; long reads pass it on or look at it. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Who acts, for `updated_by` and records: `user@host`. */
  readonly actor: string;
}

/** What applying gets: the writer is lent only inside `step`. */
export interface WriteContext<Read, Write> extends ReadContext<Read> {
  readonly runId: string;
  /**
   * Journals the intent and the undo data durably, runs the effect with the writer, journals the outcome with what the effect returned.
   * A change that this run has done already (same `change.id`) is skipped and its journaled result returned, so apply can be called again to resume.
   * Effects must therefore be idempotent or guarded in the SQL or Lua itself.
   */
  step<Result extends Json>(
    change: Change,
    undo: Json,
    effect: (write: Write) => Promise<Result>,
  ): Promise<Result>;
  /**
   * Between two atomic pieces of a long effect: confirms that this run still holds the lock (fencing) and that nobody asked to stop.
   * Throws SpillwayError `locked` or `interrupted`.
   */
  checkpoint(): Promise<void>;
}

/** One thing that the tool can do. Diagnoses have impact `read`: their plan has no changes and its `data` is the result. */
export interface Operation<Input, Data, Read, Write> {
  /** `topic.verb`, e.g. `queue.purge`. */
  readonly id: string;
  readonly title: string;
  readonly impact: Impact;
  readonly input: ZodType<Input>;
  plan(context: ReadContext<Read>, input: Input): Promise<Plan<Data>>;
  /** Measures the plan's basis again, under the lock. Left out: the engine plans again and takes that basis. */
  measure?(context: ReadContext<Read>, plan: Plan<Data>): Promise<Basis>;
  apply(context: WriteContext<Read, Write>, plan: Plan<Data>): Promise<void>;
  verify(context: ReadContext<Read>, plan: Plan<Data>): Promise<readonly Check[]>;
  undo(context: WriteContext<Read, Write>, steps: readonly Step[]): Promise<void>;
  /** Looks at the live system for a step whose outcome is unknown. Left out: unknown stays unknown. */
  probe?(context: ReadContext<Read>, step: Step): Promise<Probed>;
}

/** A read-only operation from its measuring function: nothing to apply, nothing to undo. */
export function diagnosis<Input, Data, Read, Write>(parts: {
  readonly id: string;
  readonly title: string;
  readonly input: ZodType<Input>;
  measure(
    context: ReadContext<Read>,
    input: Input,
  ): Promise<{ readonly summary: string; readonly data: Data }>;
}): Operation<Input, Data, Read, Write> {
  return {
    id: parts.id,
    title: parts.title,
    impact: 'read',
    input: parts.input,
    async plan(context, input) {
      const { summary, data } = await parts.measure(context, input);
      return {
        operation: parts.id,
        target: context.target,
        summary,
        basis: { measuredAt: context.clock.now().toISOString(), facts: [] },
        changes: [],
        blastRadius: { clients: [], conversations: [], messages: 0 },
        irreversible: [],
        commands: [],
        notes: [],
        data,
      };
    },
    async apply() {},
    async verify() {
      return [];
    },
    async undo() {},
  };
}
