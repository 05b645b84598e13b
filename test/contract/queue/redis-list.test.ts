import { afterAll, beforeAll } from 'vitest';
import { type RedisServer, startRedis } from '../../servers/redis.ts';
import { queueContract } from './queue-suite.ts';
import { redisQueue } from './redis-queue.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

queueContract('Redis lists', () => redisQueue(server));
