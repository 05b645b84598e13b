import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { QueueDepth } from '../../drivers/queue/driver.ts';
import type { CatalogueOperation } from '../access.ts';

const input = z.strictObject({ channels: z.array(z.string()).min(1).optional() });

/** What `queue.list` gives: each channel read in one atom. */
export interface QueueListData {
  readonly queues: readonly QueueDepth[];
}

/** `queue.list`: what waits, is in work, was delivered, failed, taken out. */
export const queueList: CatalogueOperation<z.output<typeof input>, QueueListData> = diagnosis({
  id: 'queue.list',
  title: 'Messages by channel',
  input,
  async measure(context, { channels }) {
    const queues = await context.read.queue.depths(channels);
    const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
    const inWork = queues.reduce((sum, queue) => sum + queue.processing, 0);
    return {
      summary: `${waiting.toLocaleString('en-US')} messages waiting, ${inWork.toLocaleString('en-US')} in work.`,
      data: { queues },
    };
  },
});
