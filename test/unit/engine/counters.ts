import { z } from 'zod';
import type { Check } from '../../../src/lib/core/check.ts';
import type { Impact, Operation } from '../../../src/lib/core/operation.ts';
import { type Fact, nobody } from '../../../src/lib/core/plan.ts';
import type { Probed, Step } from '../../../src/lib/core/step.ts';

/** The world of these tests: named counters, and every write to them in order. */
export class Counters {
  readonly values = new Map<string, number>();
  readonly writes: string[] = [];

  get(name: string): number {
    return this.values.get(name) ?? 0;
  }

  set(name: string, value: number): void {
    this.values.set(name, value);
    this.writes.push(`${name}=${value}`);
  }
}

export interface CountersRead {
  get(name: string): number;
}

export interface CountersWrite {
  set(name: string, value: number): void;
}

const input = z.strictObject({ names: z.array(z.string()).min(1), to: z.number().default(1) });
type Input = z.output<typeof input>;

export type CountersOperation = Operation<Input, Input, CountersRead, CountersWrite>;

export interface CountersOptions {
  readonly id?: string;
  readonly impact?: Impact;
  readonly tolerance?: Fact['tolerance'];
  /** Left out: the engine plans again. */
  readonly measure?: () => readonly Fact[];
  /** Runs inside the effect, before the counter is written. */
  readonly before?: (name: string, checkpoint: () => Promise<void>) => Promise<void> | void;
  /** Runs inside the effect, after the counter was written. */
  readonly after?: (name: string, checkpoint: () => Promise<void>) => Promise<void> | void;
  readonly probe?: (step: Step) => Probed;
  readonly checks?: () => readonly Check[];
  readonly undoable?: boolean;
}

/** Sets counters, one step each; what an effect returns is what the counter was before. */
export function settingCounters(options: CountersOptions = {}): CountersOperation {
  const { id = 'counters.set', impact = 'reversible', tolerance = 'exact', measure, probe } = options;
  return {
    id,
    title: 'Set counters',
    impact,
    input,
    async plan({ target, read, clock }, given) {
      return {
        operation: id,
        target,
        summary: `Set ${given.names.join(', ')} to ${given.to}.`,
        basis: {
          measuredAt: clock.now().toISOString(),
          facts: given.names.map((name) => ({ name, value: read.get(name), tolerance })),
        },
        changes: given.names.map((name) => ({
          id: name,
          target: `counter ${name}`,
          action: 'set',
          count: 1,
          before: read.get(name),
          after: given.to,
        })),
        blastRadius: nobody,
        irreversible: [],
        commands: [],
        notes: [],
        data: given,
      };
    },
    ...(measure === undefined
      ? {}
      : { measure: async ({ clock }) => ({ measuredAt: clock.now().toISOString(), facts: measure() }) }),
    async apply(context, { changes, data }) {
      for (const change of changes) {
        const undo =
          options.undoable === false ? null : { name: change.id, was: context.read.get(change.id) };
        await context.step(change, undo, async (write) => {
          const was = context.read.get(change.id);
          await options.before?.(change.id, () => context.checkpoint());
          write.set(change.id, data.to);
          await options.after?.(change.id, () => context.checkpoint());
          return was;
        });
      }
    },
    verify: async () => options.checks?.() ?? [],
    async undo(context, steps) {
      for (const { change, undo } of steps) {
        const { name, was } = undo as { name: string; was: number };
        const back = { name, was: context.read.get(name) };
        await context.step({ ...change, id: `undo ${change.id}` }, back, async (write) => {
          write.set(name, was);
          return null;
        });
      }
    },
    ...(probe === undefined ? {} : { probe: async (_context, step) => probe(step) }),
  };
}
