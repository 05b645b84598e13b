import { redisReader } from '../../src/lib/backends/redis/handles.ts';
import type { PurgeState, QueueReader } from '../../src/lib/drivers/queue/driver.ts';
import { redisListReader } from '../../src/lib/drivers/queue/redis-list/reader.ts';
import { loopback } from '../../src/lib/lab/names.ts';
import { readSecret } from '../../src/lib/lab/record.ts';
import { labTarget } from '../../src/lib/lab/target.ts';
import type { RunningCli } from '../cli/spawn-cli.ts';
import type { E2eLab } from './e2e-lab.ts';

/** What all parts of the purges that are not over come to. */
export interface PurgeProgress {
  /** Waiting, taken out, and still in the store. */
  readonly quarantined: number;
  /** Taken out, and released to the archive. */
  readonly archived: number;
  /** Stages of the parts, by channel and part. */
  readonly stages: readonly string[];
}

/** Looks at the purges in the store, again and again and as fast as it answers, until `reached`. @throws Error when the command ends before */
export async function purgeReaches(
  lab: E2eLab,
  { child, result }: RunningCli,
  reached: (progress: PurgeProgress) => boolean,
): Promise<PurgeProgress> {
  return withQueues(lab, async (queues) => {
    for (;;) {
      const progress = progressOf(await queues.purges());
      if (reached(progress)) return progress;
      if (child.exitCode === null && child.signalCode === null) continue;
      const { exitCode, signal, stdout, stderr } = await result;
      throw new Error(
        `The command ended (${exitCode ?? signal}) before its purge had come so far:\n${stdout}\n${stderr}`,
      );
    }
  });
}

/** The purges as they stand now. */
export async function purgeProgress(lab: E2eLab): Promise<PurgeProgress> {
  return withQueues(lab, async (queues) => progressOf(await queues.purges()));
}

async function withQueues<Result>(
  lab: E2eLab,
  work: (queues: QueueReader) => Promise<Result>,
): Promise<Result> {
  const { record, options } = lab.inside;
  const reader = redisReader({
    host: loopback,
    port: record.redis.port,
    username: null,
    password: async () => readSecret(record.layout, 'redis'),
    database: 0,
    tls: false,
    connectTimeoutMs: 10_000,
    commandTimeoutMs: 60_000,
    connectionName: 'test',
  });
  try {
    return await work(redisListReader(reader, labTarget(options).queue?.channels ?? []));
  } finally {
    await reader.close();
  }
}

function progressOf(states: readonly PurgeState[]): PurgeProgress {
  const open = states.filter(({ stage }) => stage !== 'archived' && stage !== 'restored');
  const purges = new Set(open.map(({ purgeId }) => purgeId));
  const parts = states.filter(({ purgeId }) => purges.has(purgeId));
  return {
    quarantined: parts.reduce((sum, { quarantined }) => sum + quarantined, 0),
    archived: parts.reduce((sum, { archived }) => sum + archived, 0),
    stages: parts.map(({ channel, part, stage }) => `${channel} ${part} ${stage}`),
  };
}
