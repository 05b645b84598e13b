import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { RedisOptions } from '../../../src/lib/backends/redis/contract.ts';
import { translateReply } from '../../../src/lib/backends/redis/errors.ts';
import { redisReader, redisWriter } from '../../../src/lib/backends/redis/handles.ts';
import type { LuaScript } from '../../../src/lib/backends/redis/script.ts';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import { freePort } from '../../servers/free-port.ts';
import { type RedisServer, startRedis } from '../../servers/redis.ts';
import { startProxy, type TcpProxy } from '../../servers/tcp-proxy.ts';

const canary = 'hunter2-canary-password';
const password = 'redis-test-password';
let server: RedisServer;
let direct: Redis;
beforeAll(async () => {
  server = await startRedis({ password });
  direct = new Redis({ host: server.host, port: server.port, password });
});
afterAll(async () => {
  direct.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await direct.flushall();
});

function options(changes: Partial<RedisOptions> = {}): RedisOptions {
  return {
    ...{ host: server.host, port: server.port, username: null, password: async () => password, database: 0 },
    ...{ tls: false, connectTimeoutMs: 5_000, commandTimeoutMs: 5_000, connectionName: 'spillway-test' },
    ...changes,
  };
}

function reading(changes: Partial<RedisOptions> = {}) {
  const reader = redisReader(options(changes));
  onTestFinished(() => reader.close());
  return reader;
}

function writing(changes: Partial<RedisOptions> = {}) {
  const writer = redisWriter(options(changes));
  onTestFinished(() => writer.close());
  return writer;
}

async function proxy(target: { host: string; port: number } | null): Promise<TcpProxy> {
  const made = await startProxy(target);
  onTestFinished(() => made.stop());
  return made;
}

async function failureOf(work: Promise<unknown>): Promise<SpillwayError> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (error instanceof SpillwayError) return error;
  throw error;
}

function script(access: LuaScript['access'], text: string): LuaScript {
  return { name: `test ${text}`, access, source: () => text };
}

describe('the reading handle', () => {
  const refused: readonly (readonly [string, ...string[]])[] = [
    ['set', 'key', 'other'],
    ['SET', 'key', 'other'],
    ['del', 'key'],
    ['unlink', 'key'],
    ['getdel', 'key'],
    ['getex', 'key', 'ex', '1'],
    ['expire', 'key', '1'],
    ['rename', 'key', 'other'],
    ['lpush', 'list', 'x'],
    ['lmove', 'list', 'other', 'left', 'left'],
    ['sort', 'list', 'store', 'other'],
    // reads by Redis' own categories, and writes or acts all the same
    ['pfcount', 'key'],
    ['client', 'kill', 'type', 'normal'],
    ['client', 'pause', '100'],
    ['client', 'no-evict', 'on'],
    ['config', 'set', 'maxmemory', '1'],
    ['config', 'rewrite'],
    ['eval', "return redis.call('set', 'key', 'other')", '0'],
    ['script', 'flush'],
    ['function', 'flush'],
    ['flushall'],
    ['publish', 'channel', 'x'],
    ['debug', 'sleep', '0'],
    ['multi'],
    ['select', '1'],
    ['shutdown', 'nosave'],
    ['memory', 'purge'],
    ['slowlog', 'reset'],
    ['latency', 'reset'],
  ];
  test.each(refused)('does not send %s %s', async (command, ...args) => {
    await direct.set('key', 'value');
    const reader = reading();
    for (const send of [reader.call, reader.callBytes]) {
      const error = await failureOf(send(command, ...args));
      expect(error).toMatchObject({
        code: 'failed',
        message: expect.stringContaining(command.toUpperCase()),
      });
    }
    expect(await direct.get('key')).toBe('value');
    expect(await direct.keys('*')).toEqual(['key']);
  });

  test('reads: values, lists, server facts; two-word commands by both words', async () => {
    await direct.lpush('list', 'a', 'b');
    const reader = reading();
    expect(await reader.call('LRANGE', 'list', 0, -1)).toEqual(['b', 'a']);
    expect(await reader.call('llen', 'list')).toBe(2);
    expect(await reader.call('config', 'get', 'port')).toEqual(['port', String(server.port)]);
    expect(await reader.call('CLIENT', 'LIST')).toContain('name=spillway-test');
  });

  test('does not run a script that says it writes', async () => {
    const writes = script('write', "return redis.call('set', KEYS[1], 'x')");
    for (const run of [reading().evaluate, reading().evaluateBytes]) {
      expect((await failureOf(run(writes, ['key'], []))).message).toContain(
        'does not run the writing script',
      );
    }
    expect(await direct.keys('*')).toEqual([]);
  });

  test('a script that says it reads and tries to write is refused by the server', async () => {
    const lies = script('read', "redis.call('set', KEYS[1], 'x') return 1");
    const reader = reading();
    // once by its text, once by its digest
    for (let round = 0; round < 2; round += 1) {
      const error = await failureOf(reader.evaluate(lies, ['key'], []));
      expect(error).toMatchObject({
        code: 'failed',
        message: expect.stringMatching(/write commands are not allowed from read-only scripts/i),
      });
    }
    expect(await direct.keys('*')).toEqual([]);
  });

  test('a script that reads runs, the first time and when the server knows it', async () => {
    await direct.set('key', 'value');
    const get = script('read', "return redis.call('get', KEYS[1]) .. ARGV[1]");
    const reader = reading();
    expect(await reader.evaluate(get, ['key'], ['!'])).toBe('value!');
    expect(await reader.evaluate(get, ['key'], ['?'])).toBe('value?');
    await direct.script('FLUSH');
    expect(await reader.evaluate(get, ['key'], ['.'])).toBe('value.');
  });

  test('bytes stay bytes', async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    await writing().call('rpush', 'list', bytes);
    expect(await reading().callBytes('lrange', 'list', 0, -1)).toEqual([bytes]);
    const get = script('read', "return redis.call('lindex', KEYS[1], 0)");
    expect(await reading().evaluateBytes(get, ['list'], [])).toEqual(bytes);
  });
});

describe('an answer that is lost leaves a write unknown, and the write is never sent twice', () => {
  const increment = script('write', "return redis.call('incr', KEYS[1])");

  test.each(['drop-replies', 'reset-instead-of-reply'] as const)('a command (%s)', async (fault) => {
    const between = await proxy(server);
    const writer = writing({ port: between.port, commandTimeoutMs: 200 });
    expect(await writer.call('incr', 'before')).toBe(1);
    between.failNext(fault, /incr/i);
    const error = await failureOf(writer.call('incr', 'counter'));
    expect(error).toMatchObject({ code: 'unknown-outcome', exitCode: 8 });
    expect(error.message).toContain(`127.0.0.1:${between.port}`);
    expect(await direct.get('counter')).toBe('1');
    // the next command goes out on a sound connection, and the lost one does not come along
    if (fault === 'reset-instead-of-reply') expect(await writer.call('incr', 'after')).toBe(1);
    expect(await direct.get('counter')).toBe('1');
  });

  test('a script whose text had to be sent', async () => {
    const between = await proxy(server);
    const writer = writing({ port: between.port });
    expect(await writer.call('ping')).toBe('PONG');
    between.failNext('reset-instead-of-reply', /\r\neval\r\n/i);
    expect((await failureOf(writer.evaluate(increment, ['counter'], []))).code).toBe('unknown-outcome');
    expect(await direct.get('counter')).toBe('1');
  });

  test('several that were on their way', async () => {
    const between = await proxy(server);
    const writer = writing({ port: between.port });
    await writer.call('ping');
    between.failNext('reset-instead-of-reply', /incr/i);
    const outcomes = await Promise.all(['a', 'b', 'c'].map((key) => failureOf(writer.call('incr', key))));
    expect(outcomes.map(({ code }) => code)).toEqual(Array(3).fill('unknown-outcome'));
    expect(await writer.call('ping')).toBe('PONG');
    const values = (await direct.mget('a', 'b', 'c')).map(Number);
    expect(Math.max(...values)).toBe(1);
  });

  test('a read whose answer is lost is only unreachable', async () => {
    const between = await proxy(server);
    const reader = reading({ port: between.port });
    await reader.call('ping');
    between.failNext('reset-instead-of-reply', /llen/i);
    expect((await failureOf(reader.call('llen', 'list'))).code).toBe('unreachable');
    expect(await reader.call('llen', 'list')).toBe(0);
  });

  test('a refusal is an answer: nothing happened, and that is known', async () => {
    await direct.set('text', 'x');
    const error = await failureOf(writing().call('incr', 'text'));
    expect(error).toMatchObject({ code: 'failed', message: expect.stringContaining('not an integer') });
  });
});

describe('a server that cannot be used is unreachable: where it was tried is said, and no secret', () => {
  const unusable: readonly (readonly [string, () => Promise<Partial<RedisOptions>>, RegExp])[] = [
    ['nobody listens', async () => ({ port: await freePort() }), /no answer .*ECONNREFUSED/],
    ['the password is wrong', async () => ({ password: async () => canary }), /the password was refused/],
    [
      'the user does not exist',
      async () => ({ username: 'nobody', password: async () => canary }),
      /the password was refused/,
    ],
    [
      'it asks for a password and there is none',
      async () => ({ password: null }),
      /asks for a password and the target has none/,
    ],
    [
      'it takes the connection and never answers',
      async () => ({ port: (await proxy(null)).port, connectTimeoutMs: 150, commandTimeoutMs: 150 }),
      /no answer/,
    ],
  ];
  test.each(unusable)('%s', async (_, make, message) => {
    const changes = await make();
    for (const handle of [reading(changes), writing(changes)]) {
      const error = await failureOf(handle.call('ping'));
      expect(error).toMatchObject({
        code: 'unreachable',
        exitCode: 7,
        message: expect.stringMatching(message),
      });
      expect(error.message).toContain(`127.0.0.1:${changes.port ?? server.port}`);
      expect(inspect(error, { depth: 10 })).not.toContain(canary);
      expect(error.suggestions).not.toEqual([]);
    }
  });

  test('a database number that the server does not have is refused: nothing is read from or written to another one', async () => {
    const writer = writing({ database: 99 });
    const error = await failureOf(writer.call('set', 'key', 'x'));
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringMatching(/out of range/) });
    expect(await direct.keys('*')).toEqual([]);
  });

  test('a secret that cannot be looked up is the error that is reported, and is looked up again the next time', async () => {
    let known = false;
    const reader = reading({
      password: async () => {
        if (known) return password;
        throw new SpillwayError('usage', 'the secret file is empty.');
      },
    });
    expect(await failureOf(reader.call('ping'))).toMatchObject({
      code: 'usage',
      message: 'the secret file is empty.',
    });
    known = true;
    expect(await reader.call('ping')).toBe('PONG');
  });

  test('a server that is frozen: readers learn that it does not answer, writers that they do not know', async () => {
    const frozen = await startRedis();
    onTestFinished(() => frozen.stop());
    const at = { port: frozen.port, password: null, commandTimeoutMs: 150, connectTimeoutMs: 150 };
    const [reader, writer] = [reading(at), writing(at)];
    await Promise.all([reader.call('ping'), writer.call('ping')]);
    process.kill(frozen.pid, 'SIGSTOP');
    expect((await failureOf(reader.call('ping'))).code).toBe('unreachable');
    expect((await failureOf(writer.call('incr', 'counter'))).code).toBe('unknown-outcome');
    expect((await failureOf(reading(at).call('ping'))).code).toBe('unreachable');
    expect((await failureOf(writing(at).call('incr', 'counter'))).code).toBe('unreachable');
    process.kill(frozen.pid, 'SIGCONT');
    const after = reading({ ...at, commandTimeoutMs: 5_000, connectTimeoutMs: 5_000 });
    expect(await after.call('get', 'counter')).toBe('1');
  });

  test('a server that went away and came back is connected to anew', async () => {
    const writer = writing();
    expect(await writer.call('incr', 'counter')).toBe(1);
    const [name] = [(await writer.call('client', 'id')) as number];
    await direct.call('client', 'kill', 'id', name);
    await expect
      .poll(() => writer.call('incr', 'counter').catch((error: SpillwayError) => error.code))
      .toBe(2);
  });

  test.each([
    ['BUSY Redis is busy running a script.', /busy running a script/],
    ['LOADING Redis is loading the dataset in memory', /loading its data/],
    ['MASTERDOWN Link with MASTER is down', /its master is down/],
  ])('it answers %s', (reply, message) => {
    const error = Object.assign(new Error(reply), { name: 'ReplyError' });
    const told = translateReply(error, { host: '::1', port: 6379 });
    expect(told).toMatchObject({ code: 'unreachable', message: expect.stringMatching(message) });
    expect(told.message).toContain('[::1]:6379');
  });

  test('a handle shown in a log shows no password', async () => {
    const reader = reading({ password: async () => canary });
    await failureOf(reader.call('ping'));
    expect(inspect(reader, { depth: 10, showHidden: true })).not.toContain(canary);
    expect(JSON.stringify(reader)).not.toContain(canary);
  });
});
