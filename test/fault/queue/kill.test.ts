import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PurgeState } from '../../../src/lib/drivers/queue/driver.ts';
import { type RedisServer, startRedis } from '../../servers/redis.ts';
import { expected, expectWhole, fill } from './ledger.ts';
import { purgeBench } from './purge-bench.ts';

const program = fileURLToPath(new URL('./purge-process.ts', import.meta.url));
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

/** Runs the purge or restore in a process of its own; resolves to whether it was killed at its step `dieAt`. */
async function killedAt(folder: string, action: 'purge' | 'restore', dieAt: number): Promise<boolean> {
  const argument = JSON.stringify({ port: server.port, folder, action, dieAt });
  const child = spawn(process.execPath, [program, argument], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (signal === null) expect(code).toBe(0);
  return signal === 'SIGKILL';
}

/** A write that the process had begun and not finished when it died, to the archive of a channel that is not finished. */
async function tearSegment(folder: string, states: readonly PurgeState[]): Promise<void> {
  for (const { purgeId, channel } of states.filter(({ stage }) => stage === 'quarantined')) {
    const place = join(folder, 'archives', purgeId);
    const files = existsSync(place) ? await readdir(place) : [];
    const last = files
      .filter((file) => file.startsWith(`${channel}.`))
      .sort()
      .at(-1);
    if (last !== undefined)
      await appendFile(join(place, last), Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58]));
  }
}

test('killed at any step, killed again while it goes on, with a torn archive in between: every message is in one place, and the end is the same', async () => {
  let killed = true;
  for (let dieAt = 1; killed; dieAt += 2) {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-kill-'));
    await fill(redis);
    const bench = purgeBench({ port: server.port, folder, atStep: () => undefined });
    const { queue } = bench.context.read;
    const plan = await bench.plan();
    await bench.keep(plan);

    killed = await killedAt(folder, 'purge', dieAt);
    await expectWhole(redis, queue);
    await tearSegment(folder, await queue.purge(plan.data.purgeId));
    if (killed && dieAt % 3 === 0) {
      await killedAt(folder, 'purge', 1 + (dieAt % 7));
      await expectWhole(redis, queue);
    }
    await bench.purge(plan);
    await expectWhole(redis, queue);
    for (const channel of ['email', 'sms'])
      expect(await redis.lrangeBuffer(`orchestrator:{${channel}}:queue`, 0, -1)).toEqual(
        expected(channel).after,
      );
    const verification = await bench.context.read.archive.verify(plan.data.purgeId);
    expect(verification.files.filter(({ ok }) => !ok)).toEqual([]);
    expect(verification.messages).toBe(expected('email').taken.length + expected('sms').taken.length);

    if (dieAt % 4 === 1) {
      await killedAt(folder, 'restore', 1 + Math.floor(dieAt / 4));
      await expectWhole(redis, queue);
    }
    await bench.restore(plan);
    for (const channel of ['email', 'sms'])
      expect(await redis.lrangeBuffer(`orchestrator:{${channel}}:queue`, 0, -1)).toEqual(
        expected(channel).before,
      );
    await bench.close();
    await rm(folder, { recursive: true });
  }
});
