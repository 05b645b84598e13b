import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import { type RedisServer, startRedis } from '../../servers/redis.ts';
import { expected, expectWhole, fill } from './ledger.ts';
import { purgeBench } from './purge-bench.ts';

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.port, server.host);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

/** Fails before or after the n-th change: the command was never sent, or it was carried out and its answer lost. */
function failingAt(failAt: number) {
  let step = 0;
  return (when: 'before' | 'after', what: string) => {
    step += 1;
    if (step === failAt) throw new SpillwayError('unknown-outcome', `${when} ${what}: the answer was lost`);
  };
}

/** Tries with a failure at each step in turn; true while there was one. */
async function stopped(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (error instanceof SpillwayError && error.code === 'unknown-outcome') return true;
    throw error;
  }
}

test('a purge that loses any answer goes on, and a restore that loses any answer goes on: nothing lost, nothing doubled, order kept', async () => {
  let points = 0;
  for (let failAt = 1, more = true; more; failAt += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-fault-'));
    await fill(redis);
    const port = server.port;
    const failing = purgeBench({ port, folder, atStep: failingAt(failAt) });
    const healthy = purgeBench({ port, folder, atStep: () => undefined });
    const restoring = purgeBench({ port, folder, atStep: failingAt(failAt) });
    const plan = await healthy.plan();
    const { reader } = { reader: healthy.context.read.queue };

    const purgeStopped = await stopped(() => failing.purge(plan));
    await expectWhole(redis, reader);
    await healthy.purge(plan);
    await expectWhole(redis, reader);
    for (const channel of ['email', 'sms']) {
      expect(await redis.lrangeBuffer(`orchestrator:{${channel}}:queue`, 0, -1)).toEqual(
        expected(channel).after,
      );
      const archived: Buffer[] = [];
      for await (const records of healthy.context.read.archive.open(plan.data.purgeId, { channel, part: 1 }))
        archived.push(...records.map(({ raw }) => raw));
      expect(archived).toEqual(expected(channel).taken);
    }
    expect((await healthy.context.read.archive.verify(plan.data.purgeId)).ok).toBe(true);
    expect((await healthy.context.read.archive.show(plan.data.purgeId)).state).toBe('sealed');

    const restoreStopped = await stopped(() => restoring.restore(plan));
    await expectWhole(redis, reader);
    await healthy.restore(plan);
    await expectWhole(redis, reader);
    for (const channel of ['email', 'sms'])
      expect(await redis.lrangeBuffer(`orchestrator:{${channel}}:queue`, 0, -1)).toEqual(
        expected(channel).before,
      );

    await Promise.all([failing.close(), healthy.close(), restoring.close()]);
    await rm(folder, { recursive: true });
    more = purgeStopped || restoreStopped;
    points += 1;
  }
  expect(points).toBeGreaterThan(40);
});

test('a purge that loses any answer can be undone instead', async () => {
  for (let failAt = 1, more = true; more; failAt += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-fault-'));
    await fill(redis);
    const port = server.port;
    const failing = purgeBench({ port, folder, atStep: failingAt(failAt) });
    const healthy = purgeBench({ port, folder, atStep: () => undefined });
    const plan = await healthy.plan();
    more = await stopped(() => failing.purge(plan));
    await healthy.restore(plan);
    for (const channel of ['email', 'sms'])
      expect(await redis.lrangeBuffer(`orchestrator:{${channel}}:queue`, 0, -1)).toEqual(
        expected(channel).before,
      );
    await expectWhole(redis, healthy.context.read.queue);
    await Promise.all([failing.close(), healthy.close()]);
    await rm(folder, { recursive: true });
  }
});
