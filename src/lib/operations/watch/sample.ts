import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { QueueDepth } from '../../drivers/queue/driver.ts';
import type { ServiceState } from '../../drivers/service/driver.ts';
import type { TailCursor } from '../../orchestrator/contract.ts';
import type { Pulse } from '../../orchestrator/pulse.ts';
import type { CatalogueOperation } from '../access.ts';

const input = z.strictObject({
  part: z.enum(['database', 'queues', 'services']).describe('what is looked at'),
  after: z.custom<TailCursor>().nullable().default(null).describe('where the last sample stopped'),
  lastAtEpochSeconds: z
    .number()
    .nullable()
    .default(null)
    .describe("when it was taken, by the server's clock"),
  named: z.array(z.int()).default([]).describe('conversations whose names are known'),
});

/** Data of `watch.sample`: the part that was asked for; the others are null. */
export interface WatchSample {
  readonly database: Pulse | null;
  readonly queues: readonly QueueDepth[] | null;
  readonly services: readonly ServiceState[] | null;
}

/**
 * Rows and pages of the error log that one sample reads at most: with these a sample costs a database under a storm well below 1 % of a second (docs/benchmarks.md).
 */
const sampleLimits = { limitRows: 500, limitPages: 20 } as const;

/**
 * `watch.sample`: one look at one part of the target, made to be repeated: in Postgres one connection and one short transaction, in Redis one short script a channel.
 * Rates come from two of them.
 */
export const watchSample: CatalogueOperation<z.output<typeof input>, WatchSample> = diagnosis({
  id: 'watch.sample',
  title: 'Take one sample for the live screen',
  input,
  async measure(context, { part, ...request }) {
    const { pulse, queue, services } = context.read;
    const data: WatchSample = {
      database: part === 'database' ? await pulse.pulse({ ...request, ...sampleLimits }) : null,
      queues: part === 'queues' ? await queue.depths() : null,
      services: part === 'services' ? await services.list(context.signal) : null,
    };
    return { summary: `One sample of the ${part}.`, data };
  },
});
