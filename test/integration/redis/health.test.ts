import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { redisReader } from '../../../src/lib/backends/redis/handles.ts';
import { measureRedis } from '../../../src/lib/operations/redis/health.ts';
import { redisTroubles } from '../../../src/lib/operations/redis/troubles.ts';
import { redisServerReader } from '../../../src/lib/orchestrator/live-redis-server.ts';
import { renderRedisHealth } from '../../../src/lib/views/redis.ts';
import { plainStyle } from '../../../src/lib/views/style.ts';
import { listChannels, redisOptions } from '../../contract/queue/redis-queue.ts';
import { readContextOf } from '../../operations/context.ts';
import { type RedisServer, startRedis } from '../../servers/redis.ts';

const quick = { windowSeconds: 0.5, pings: 3, entries: 5 };

async function started(configuration: Readonly<Record<string, string>> = {}) {
  const server = await startRedis({ configuration });
  onTestFinished(() => server.stop());
  const redis = new Redis({ host: server.host, port: server.port, enableReadyCheck: false });
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  return { server, redis, look: () => look(server) };
}

/** A command that these tests send to be refused, killed, or cut off at the end; any other failure of it is one of the test. */
function expectedToEnd(error: Error): void {
  expect(error.message).toMatch(
    /^(OOM|BUSY|ERR Error running script|ERR Script killed|Connection is closed|Connection ended)|SCRIPT KILL|killed by user/i,
  );
}

/** What `redis health` measures, over a connection of its own. */
async function look(server: Pick<RedisServer, 'host' | 'port'>) {
  const handle = redisReader({ ...redisOptions(server), commandTimeoutMs: 2_000, connectTimeoutMs: 1_500 });
  try {
    const reader = redisServerReader(handle, listChannels('email', 'sms'));
    return await measureRedis(readContextOf({ read: { redis: reader } }), quick);
  } finally {
    await handle.close();
  }
}

test('a Redis at work: keys, clients, command mix, slow log without payloads', async () => {
  const { redis, look: measure } = await started({ 'slowlog-log-slower-than': '0' });
  await redis.lpush('orchestrator:{email}:queue', ...Array.from({ length: 500 }, () => 'secret payload'));
  const waiter = new Redis({
    host: redis.options.host ?? '',
    port: redis.options.port ?? 0,
    connectionName: 'consumer',
  });
  onTestFinished(() => waiter.disconnect());
  waiter.blmove('empty', 'other', 'RIGHT', 'LEFT', 30).catch(expectedToEnd);
  await delay(100);
  const health = await measure();
  expect(redisTroubles(health)).toEqual([]);
  expect(health.finding).toContain('Nothing stands out');
  expect(health.keys).toMatchObject({
    ok: true,
    value: [{ key: 'orchestrator:{email}:queue', type: 'list', length: 500 }],
  });
  expect(health.blocked).toMatchObject({ ok: true, value: [{ name: 'consumer', command: 'blmove' }] });
  expect(health.traffic.ok && health.traffic.value.commands.some(({ name }) => name === 'ping')).toBe(true);
  expect(health.slow.ok && health.slow.value.commands.length).toBe(5);
  expect(JSON.stringify(health)).not.toContain('secret payload');
  expect(
    renderRedisHealth(health, plainStyle)
      .split('\n')
      .filter((line) => line.length > 80),
  ).toEqual([]);
});

test('a Redis over its limit refuses writes, and says so', async () => {
  const { redis, look: measure } = await started();
  await redis.set('filler', 'x'.repeat(2_000_000));
  await redis.config('SET', 'maxmemory', '1mb');
  const writing = setInterval(() => void redis.lpush('more', 'x').catch(expectedToEnd), 20);
  onTestFinished(() => clearInterval(writing));
  const [trouble] = redisTroubles(await measure());
  expect(trouble).toMatchObject({ kind: 'redis-memory', confidence: 0.95 });
  expect(trouble?.evidence.join()).toContain('refused with OOM');
});

test('a Redis held by a script is BUSY: that is the finding, and everything else says why it is missing', async () => {
  const { server, redis, look: measure } = await started({ 'busy-reply-threshold': '100' });
  redis.eval('for round = 1, 1e12 do end', 0).catch(expectedToEnd);
  await delay(400);
  const health = await measure();
  expect(redisTroubles(health)).toMatchObject([{ kind: 'redis-blocked', confidence: 0.95 }]);
  expect(health.keys).toMatchObject({ ok: false, state: 'BUSY' });
  const other = new Redis({ host: server.host, port: server.port, enableReadyCheck: false });
  onTestFinished(() => other.disconnect());
  await other.script('KILL');
  expect(redisTroubles(await measure())).toEqual([]);
});

test('a Redis that loads its data tells how far it is', async () => {
  const { redis, look: measure } = await started({
    'enable-debug-command': 'yes',
    'key-load-delay': '20000',
    'loading-process-events-interval-bytes': '1024',
  });
  const many = redis.pipeline();
  for (let key = 0; key < 1_000; key += 1) many.set(`key:${key}`, 'x'.repeat(100));
  await many.exec();
  await redis.save();
  redis.debug('RELOAD').catch(expectedToEnd);
  await delay(500);
  const health = await measure();
  expect(health.server).toMatchObject({ ok: true, value: { loading: { share: expect.any(Number) } } });
  expect(redisTroubles(health)).toMatchObject([
    { kind: 'redis-unreachable', what: expect.stringContaining('loading its data') },
  ]);
});

test('a Redis that is down, and one that is frozen, are told apart', async () => {
  const { server } = await started();
  expect(redisTroubles(await look({ host: '127.0.0.1', port: 1 }))).toMatchObject([
    { kind: 'redis-unreachable', what: expect.stringContaining('is down') },
  ]);
  process.kill(server.pid, 'SIGSTOP');
  onTestFinished(() => {
    process.kill(server.pid, 'SIGCONT');
  });
  expect(redisTroubles(await look(server))).toMatchObject([{ kind: 'redis-blocked' }]);
});
