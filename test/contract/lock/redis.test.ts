import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { redisReader, redisWriter } from '../../../src/lib/backends/redis/handles.ts';
import { redisLock } from '../../../src/lib/backends/redis/lock.ts';
import { type RedisServer, startRedis } from '../../servers/redis.ts';
import { redisOptions } from '../queue/redis-queue.ts';
import { lockSuite } from './lock-suite.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

lockSuite('Redis', async () => {
  const handles: { close(): Promise<void> }[] = [];
  onTestFinished(async () => {
    for (const handle of handles) await handle.close();
  });
  const open = () => {
    const [reader, writer] = [redisReader(redisOptions(server)), redisWriter(redisOptions(server))];
    handles.push(reader, writer);
    return { reader, writer };
  };
  await open().writer.call('flushall');
  return (lifetimeMs = 60_000) => {
    const { reader, writer } = open();
    return redisLock(reader, writer, lifetimeMs);
  };
});
