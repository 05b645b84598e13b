import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveWriter } from '../../../src/lib/archive/contract.ts';
import type { RedisWriter } from '../../../src/lib/backends/redis/contract.ts';
import { redisReader, redisWriter } from '../../../src/lib/backends/redis/handles.ts';
import type { Plan } from '../../../src/lib/core/plan.ts';
import type { PaceLimits } from '../../../src/lib/drivers/queue/redis-list/pace.ts';
import { redisListReader } from '../../../src/lib/drivers/queue/redis-list/reader.ts';
import { redisListWriter } from '../../../src/lib/drivers/queue/redis-list/writer.ts';
import { archiveChannel } from '../../../src/lib/operations/queue/archive-channel.ts';
import { planPurge, type QueuePurgeData } from '../../../src/lib/operations/queue/purge-plan.ts';
import { quarantineChannel } from '../../../src/lib/operations/queue/quarantine-channel.ts';
import { restoreChannel } from '../../../src/lib/operations/queue/restore-channel.ts';
import { listChannels, redisOptions } from '../../contract/queue/redis-queue.ts';
import { operationContext } from '../../integration/queue/operation-context.ts';

/** Called before and after everything that changes the store or the disk; may throw, or end the process. */
export type AtStep = (when: 'before' | 'after', what: string) => void;

export interface BenchOptions {
  readonly port: number;
  readonly folder: string;
  readonly atStep: AtStep;
}

const pace: PaceLimits = { first: 30, least: 30, most: 30, targetMs: 2 };
const batch = 25;
const selector = { kind: 'match', conversationIds: [7] } as const;

/** A purge and a restore with small pieces, on a real Redis and a real disk, with every change announced. */
export function purgeBench({ port, folder, atStep }: BenchOptions) {
  const options = redisOptions({ host: '127.0.0.1', port });
  const [reading, writing] = [redisReader(options), redisWriter(options)];
  const channels = listChannels('email', 'sms');
  const context = operationContext({
    reader: redisListReader(reading, channels),
    writer: redisListWriter(announcedHandle(writing, atStep), channels, pace),
    archiveFolder: join(folder, 'archives'),
    wrapArchive: (writer) => announcedArchive(writer, atStep),
  });
  return {
    context,
    plan: () => planPurge(context, selector, undefined),
    async purge(plan: Plan<QueuePurgeData>) {
      const { purgeId } = plan.data;
      for (const { channel } of plan.data.channels)
        await context.step(change(`q:${channel}`), null, async (write) => ({
          ...(await quarantineChannel(context, write.queue, { purgeId, channel, selector })),
        }));
      for (const { channel } of plan.data.channels)
        await context.step(change(`a:${channel}`), null, async (write) => ({
          ...(await archiveChannel(context, write, plan.data, channel, batch)),
        }));
    },
    async restore(plan: Plan<QueuePurgeData>) {
      for (const { channel } of plan.data.channels)
        await context.step(change(`r:${channel}`), null, async (write) => ({
          ...(await restoreChannel(context, write, plan.data.purgeId, channel)),
        }));
    },
    /** The plan as the journal would keep it. */
    keep: (plan: Plan<QueuePurgeData>) => writeFile(join(folder, 'plan.json'), JSON.stringify(plan)),
    close: () => Promise.all([reading.close(), writing.close()]),
  };
}

function change(id: string) {
  return { id, target: id, action: id, count: 1, before: null, after: null };
}

function announcedHandle(handle: RedisWriter, atStep: AtStep): RedisWriter {
  return {
    ...handle,
    async evaluate(script, keys, args) {
      if (script.access === 'read') return handle.evaluate(script, keys, args);
      atStep('before', script.name);
      const reply = await handle.evaluate(script, keys, args);
      atStep('after', script.name);
      return reply;
    },
  };
}

function announcedArchive(writer: ArchiveWriter, atStep: AtStep): ArchiveWriter {
  const around = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
    atStep('before', what);
    const result = await act();
    atStep('after', what);
    return result;
  };
  return {
    create: (header) => around('create', () => writer.create(header)),
    seal: (id) => around('seal', () => writer.seal(id)),
    async continueAt(id, name, mark) {
      atStep('before', 'continueAt');
      const stream = await writer.continueAt(id, name, mark);
      try {
        atStep('after', 'continueAt');
      } catch (error) {
        await stream.abandon();
        throw error;
      }
      return {
        prepare: (records) => stream.prepare(records),
        append: (batchOfRecords) => around('append', () => stream.append(batchOfRecords)),
        close: () => around('close', () => stream.close()),
        abandon: () => stream.abandon(),
      };
    },
  };
}
