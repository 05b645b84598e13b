import { expect, test } from 'vitest';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import type { LockHolder, LockHome } from '../../../src/lib/core/lock.ts';
import { execute, resumeOperation } from '../../../src/lib/engine/execute.ts';
import { acquireLock } from '../../../src/lib/engine/held-lock.ts';
import { settingCounters } from './counters.ts';
import { answering, desk } from './desk.ts';

const bob: LockHolder = {
  actor: 'bob@elsewhere',
  host: 'elsewhere',
  pid: 99,
  runId: 'run-bob',
  since: '2026-01-02T03:04:05.000Z',
};

test('a target that somebody else works on is refused, and who that is is said; nothing was written', async () => {
  const { env, counters, lock, run } = await desk();
  await lock.acquire(bob, null);
  await expect(execute(env, settingCounters(), { names: ['a'] }, answering())).rejects.toMatchObject({
    code: 'locked',
    exitCode: 6,
    message: expect.stringContaining(
      'bob@elsewhere (process 99 on elsewhere, run run-bob, since 2026-01-02T03:04:05.000Z)',
    ),
    details: { runId: 'run-bob' },
  });
  expect(counters.writes).toEqual([]);
  expect(await lock.inspect()).toEqual(bob);
  expect(await run()).toMatchObject({ status: 'failed', steps: [] });
});

test('a living process of another machine is only replaced when that is asked for, and the journal says so', async () => {
  const { env, counters, lock, events, records } = await desk();
  await lock.acquire(bob, null);
  await execute(env, settingCounters(), { names: ['a'] }, { ...answering(), takeOver: true });
  expect(counters.writes).toEqual(['a=1']);
  expect(events[0]).toMatchObject({
    kind: 'lock-taken-over',
    from: expect.stringContaining('bob@elsewhere'),
  });
  expect((await records()).find(({ type }) => type === 'lock.taken-over')?.body).toMatchObject({ from: bob });
});

const operator = { actor: 'ann@desk', host: 'desk', pid: process.pid };
test.each([
  ['gone, of this machine', 'desk', false, true],
  ['alive, of this machine', 'desk', true, false],
  ['of another machine, whose number nobody has here', 'elsewhere', false, false],
])('the lock of a process that is %s', async (_, host, alive, takenOver) => {
  const { env, counters, lock, records } = await desk({
    operator: { ...operator, isAlive: (pid) => pid !== 99 || alive },
  });
  await lock.acquire({ ...bob, host }, null);
  const running = execute(env, settingCounters(), { names: ['a'] }, answering());
  if (takenOver) await running;
  else await expect(running).rejects.toMatchObject({ code: 'locked' });
  expect(counters.writes).toEqual(takenOver ? ['a=1'] : []);
  expect((await records()).some(({ type }) => type === 'lock.taken-over')).toBe(takenOver);
});

test('a lock that changed hands between looking and taking over is not taken', async () => {
  const made = await desk();
  const cid = { ...bob, runId: 'run-cid', actor: 'cid@elsewhere' };
  await made.lock.acquire(bob, null);
  const racing: LockHome = {
    ...made.lock,
    async acquire(holder, takeOver) {
      if (takeOver !== null) await made.lock.acquire(cid, bob);
      return made.lock.acquire(holder, takeOver);
    },
  };
  const env = { ...made.env, lock: racing };
  await expect(
    execute(env, settingCounters(), { names: ['a'] }, { ...answering(), takeOver: true }),
  ).rejects.toMatchObject({ code: 'locked', message: expect.stringContaining('cid@elsewhere') });
  expect(await made.lock.inspect()).toEqual(cid);
});

test('a run that lost its lock stops before its next step, and does not give back what is another’s', async () => {
  const { env, counters, lock, run } = await desk();
  const operation = settingCounters({
    after: async (name) => {
      if (name === 'a') await lock.acquire(bob, await lock.inspect());
    },
  });
  await expect(execute(env, operation, { names: ['a', 'b'] }, answering())).rejects.toMatchObject({
    code: 'locked',
    message: expect.stringContaining('no longer holds the lock'),
  });
  expect(counters.writes).toEqual(['a=1']);
  expect(await lock.inspect()).toEqual(bob);
  expect(await run()).toMatchObject({ status: 'failed', steps: [{ status: 'done' }] });
});

test('a run that lost its lock stops between two pieces of one step', async () => {
  const { env, counters, lock } = await desk();
  const operation = settingCounters({
    before: async (_name, checkpoint) => {
      await lock.acquire(bob, await lock.inspect());
      await checkpoint();
    },
  });
  await expect(execute(env, operation, { names: ['a'] }, answering())).rejects.toMatchObject({
    code: 'locked',
  });
  expect(counters.writes).toEqual([]);
});

test('a heartbeat that finds the lock lost stops the run, even if the lock is free again', async () => {
  const { env, lock } = await desk();
  const beats: number[] = [];
  const brief: LockHome = {
    ...lock,
    lifetimeMs: 8,
    async confirm(token) {
      beats.push(token);
      return beats.length > 1;
    },
  };
  const held = await acquireLock({ ...env, lock: brief }, 'run-1', false);
  while (beats.length === 0) await env.clock.sleep(1);
  await expect(held.confirm()).rejects.toMatchObject({ code: 'locked' });
  await held.release();
});

test('a store that is away at a checkpoint is unreachable: nothing of the target is in doubt', async () => {
  const made = await desk();
  const operation = settingCounters();
  const away: LockHome = {
    ...made.lock,
    confirm: () => Promise.reject(new SpillwayError('unknown-outcome', 'no answer')),
  };
  await expect(
    execute({ ...made.env, lock: away }, operation, { names: ['a'] }, answering()),
  ).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('could not be confirmed'),
  });
  expect(made.counters.writes).toEqual([]);
  expect(await made.run()).toMatchObject({ status: 'failed', steps: [] });
});

test('a lock that cannot be given back is said, after the change was made and journaled', async () => {
  const made = await desk();
  const stuck: LockHome = {
    ...made.lock,
    release: () => Promise.reject(new SpillwayError('unknown-outcome', 'no answer')),
  };
  await expect(
    execute({ ...made.env, lock: stuck }, settingCounters(), { names: ['a'] }, answering()),
  ).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('run-1 has ended and is journaled'),
  });
  expect(made.counters.writes).toEqual(['a=1']);
  expect((await made.run()).status).toBe('done');
});

test('two operators at once: one changes the target, the other is told who does', async () => {
  const made = await desk();
  const [ann, bobs] = [
    made.env,
    made.other('bob@elsewhere', { newId: (prefix) => `${prefix}-bob-${Math.random()}` }),
  ];
  const slow = settingCounters({ before: () => made.env.clock.sleep(20) });
  const outcomes = await Promise.allSettled([
    execute(ann, slow, { names: ['a'] }, answering()),
    execute(bobs, slow, { names: ['a'] }, answering()),
  ]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(made.counters.writes).toHaveLength(1);
  const [loser] = outcomes.filter((one) => one.status === 'rejected');
  expect(loser?.reason).toMatchObject({ code: 'locked' });
});

test('a run that still goes on elsewhere cannot be resumed: the lock comes before anything else', async () => {
  const made = await desk();
  const operation = settingCounters({
    before: () => {
      throw new SpillwayError('interrupted', 'stopped');
    },
  });
  await expect(execute(made.env, operation, { names: ['a'] }, answering())).rejects.toThrow('stopped');
  const before = (await made.records()).length;
  await made.lock.acquire(bob, null);
  await expect(resumeOperation(made.env, operation, await made.run(), answering())).rejects.toMatchObject({
    code: 'locked',
  });
  expect(await made.records()).toHaveLength(before);
});
