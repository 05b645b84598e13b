import { expect, test } from 'vitest';
import type { Impact } from '../../../src/lib/core/operation.ts';
import { demandConsent } from '../../../src/lib/engine/consent.ts';
import type { Consent } from '../../../src/lib/engine/environment.ts';
import { execute } from '../../../src/lib/engine/execute.ts';
import { settingCounters } from './counters.ts';
import { answering, desk, named, yes } from './desk.ts';

const nothing: Consent = { targetTyped: null, yes: false, how: 'test' };
const otherName: Consent = { targetTyped: 'production', yes: true, how: 'test' };

const enough: readonly (readonly [Impact, Consent])[] = [
  ['read', nothing],
  ['reversible', yes],
  ['reversible', named],
  ['external', yes],
  ['external', named],
  ['destructive', named],
];
test.each(enough)('a %s change is agreed to by %o', (impact, consent) => {
  expect(() => demandConsent(impact, 'lab', consent)).not.toThrow();
});

const tooLittle: readonly (readonly [Impact, Consent])[] = [
  ['reversible', nothing],
  ['reversible', otherName],
  ['external', nothing],
  ['external', otherName],
  ['destructive', nothing],
  ['destructive', yes],
  ['destructive', otherName],
  ['destructive', { ...yes, targetTyped: 'LAB' }],
  ['destructive', { ...yes, targetTyped: '' }],
];
test.each(tooLittle)('a %s change is not agreed to by %o', (impact, consent) => {
  expect(() => demandConsent(impact, 'lab', consent)).toThrow(
    expect.objectContaining({ code: 'refused', suggestions: expect.arrayContaining(['--confirm lab']) }),
  );
});

test('the engine itself refuses a destructive change after a plain yes: nothing was written, no lock was taken', async () => {
  const { env, counters, lock, run, records } = await desk();
  const operation = settingCounters({ impact: 'destructive' });
  await expect(execute(env, operation, { names: ['a'] }, answering(yes))).rejects.toMatchObject({
    code: 'refused',
  });
  expect(counters.writes).toEqual([]);
  expect(await lock.inspect()).toBeNull();
  expect(await run()).toMatchObject({ status: 'stopped', steps: [] });
  expect((await records()).map((record) => record.type)).not.toContain('lock.acquired');
});

test('a destructive change with the name of the target is carried out', async () => {
  const { env, counters } = await desk();
  const operation = settingCounters({ impact: 'destructive' });
  const execution = await execute(env, operation, { names: ['a'] }, answering(named));
  expect(execution.status).toBe('done');
  expect(counters.writes).toEqual(['a=1']);
});

test('nobody is asked, and nothing is journaled, when there is nothing to change', async () => {
  const { env, records } = await desk();
  const operation = settingCounters();
  const idle = {
    ...operation,
    plan: async (...args: Parameters<typeof operation.plan>) => ({
      ...(await operation.plan(...args)),
      changes: [],
    }),
  };
  const ask = () => Promise.reject(new Error('somebody was asked'));
  const execution = await execute(env, idle, { names: ['a'] }, { ...answering(), ask });
  expect(execution).toMatchObject({ status: 'nothing-to-do', runId: null });
  expect(await records()).toEqual([]);
});

test('input that the operation does not understand is a usage error with every problem', async () => {
  const { env } = await desk();
  await expect(execute(env, settingCounters(), { names: [], too: 1 }, answering())).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/names: .*; input: .*too/),
  });
});

test('a target that is not the pinned one is refused under the lock, before anything is written', async () => {
  const refusal = Object.assign(new Error('another cluster'), { code: 'refused' });
  const { env, counters, lock } = await desk({ confirmIdentity: () => Promise.reject(refusal) });
  await expect(execute(env, settingCounters(), { names: ['a'] }, answering())).rejects.toThrow(
    'another cluster',
  );
  expect(counters.writes).toEqual([]);
  expect(await lock.inspect()).toBeNull();
});
