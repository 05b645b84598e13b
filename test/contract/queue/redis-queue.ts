import { Redis } from 'ioredis';
import type { RedisOptions } from '../../../src/lib/backends/redis/contract.ts';
import { redisReader, redisWriter } from '../../../src/lib/backends/redis/handles.ts';
import type { PaceLimits } from '../../../src/lib/drivers/queue/redis-list/pace.ts';
import { redisListReader } from '../../../src/lib/drivers/queue/redis-list/reader.ts';
import { redisListWriter } from '../../../src/lib/drivers/queue/redis-list/writer.ts';
import type { QueueUnderTest } from './queue-suite.ts';

/** The channels of the reference orchestrator, as many as the tests need. */
export function listChannels(...names: string[]) {
  return names.map((name) => ({
    name,
    queue: `orchestrator:{${name}}:queue`,
    processing: `orchestrator:{${name}}:processing:*`,
    stats: `orchestrator:{${name}}:stats`,
  }));
}

export function redisOptions(server: { readonly host: string; readonly port: number }): RedisOptions {
  return {
    host: server.host,
    port: server.port,
    ...{ username: null, password: null, database: 0, tls: false },
    ...{ connectTimeoutMs: 4_000, commandTimeoutMs: 10_000, connectionName: 'spillway-test' },
  };
}

const settleScript = `
redis.call('lrem', KEYS[1], 1, ARGV[1])
redis.call('hincrby', KEYS[2], 'processed', 1)
if ARGV[2] == 'failed' then redis.call('hincrby', KEYS[2], 'failed', 1) end`;

/** An emptied Redis as a queue under test, with consumers as the reference orchestrator has them. */
export async function redisQueue(
  server: { readonly host: string; readonly port: number },
  pace: PaceLimits = { first: 7, least: 7, most: 7, targetMs: 2 },
): Promise<QueueUnderTest & { readonly redis: Redis }> {
  const redis = new Redis({ host: server.host, port: server.port });
  await redis.flushall();
  const channels = listChannels('email', 'sms');
  const [reading, writing] = [redisReader(redisOptions(server)), redisWriter(redisOptions(server))];
  const queueOf = (channel: string) => `orchestrator:{${channel}}:queue`;
  const worker = (channel: string) => `orchestrator:{${channel}}:processing:${channel}-dispatcher-1`;
  return {
    redis,
    reader: redisListReader(reading, channels, pace),
    writer: redisListWriter(writing, channels, pace),
    take: (channel) => redis.lmoveBuffer(queueOf(channel), worker(channel), 'RIGHT', 'LEFT'),
    async settle(channel, raw, outcome) {
      await redis.eval(settleScript, 2, worker(channel), `orchestrator:{${channel}}:stats`, raw, outcome);
    },
    async defer(channel, raw) {
      await redis.multi().lrem(worker(channel), 1, raw).lpush(queueOf(channel), raw).exec();
    },
    visible: (channel) => redis.lrangeBuffer(queueOf(channel), 0, -1),
    async close() {
      await Promise.all([reading.close(), writing.close()]);
      redis.disconnect();
    },
  };
}
