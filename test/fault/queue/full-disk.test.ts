import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startRedis } from '../../servers/redis.ts';
import { expected, expectWhole, fill } from './ledger.ts';
import { purgeBench } from './purge-bench.ts';

const program = fileURLToPath(new URL('./purge-process.ts', import.meta.url));

test('when the disk is full nothing is released that is not archived, and with room again the purge goes on', async () => {
  const server = await startRedis();
  const redis = new Redis(server.port, server.host);
  const folder = await mkdtemp(join(tmpdir(), 'spillway-full-'));
  await fill(redis);
  const bench = purgeBench({ port: server.port, folder, atStep: () => undefined });
  const plan = await bench.plan();
  await bench.keep(plan);
  // no file may grow beyond 1,024 bytes: the manifest fits, the segments do not
  const argument = JSON.stringify({ port: server.port, folder, action: 'purge', dieAt: 0 });
  const child = spawn(
    '/bin/sh',
    ['-c', 'ulimit -f 2; exec "$0" "$1" "$2"', process.execPath, program, argument],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect(code).toBe(1);
  expect(said).toMatch(/the disk is full/);
  expect(said).toMatch(/nothing was lost/);
  await expectWhole(redis, bench.context.read.queue);
  const states = await bench.context.read.queue.purges();
  expect(states.some(({ quarantined }) => quarantined > 0)).toBe(true);

  await bench.purge(plan);
  await expectWhole(redis, bench.context.read.queue);
  expect((await bench.context.read.archive.verify(plan.data.purgeId)).messages).toBe(
    expected('email').taken.length + expected('sms').taken.length,
  );
  await bench.close();
  redis.disconnect();
  await server.stop();
  await rm(folder, { recursive: true });
});
