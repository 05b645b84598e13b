import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import { execute } from '../../../src/lib/engine/execute.ts';
import { settingCounters } from './counters.ts';
import { answering, desk, story } from './desk.ts';

test('intent and undo data stand in the journal’s file before the effect, the outcome after it', async () => {
  const { env, counters, journal, records } = await desk();
  counters.values.set('a', 7);
  let during: string[] = [];
  const operation = settingCounters({
    before: async () => {
      during = (await readFile(journal.path, 'utf8')).trimEnd().split('\n');
    },
  });
  await execute(env, operation, { names: ['a'] }, answering());
  const intent = JSON.parse(during.at(-1) ?? '{}') as Record<string, unknown>;
  expect(intent).toMatchObject({
    type: 'step.intended',
    op: 'counters.set',
    actor: 'ann@desk',
    body: { change: { id: 'a' }, undo: { name: 'a', was: 7 } },
  });
  expect(story(await records())).toEqual([
    'genesis',
    'run.started',
    'plan.made',
    'lock.acquired',
    'step.intended a',
    'step.ended a done',
    'verified',
    'run.ended done',
    'lock.released',
  ]);
  expect((await records()).find(({ type }) => type === 'step.ended')?.body).toMatchObject({
    result: 7,
    error: null,
  });
});

test('several changes are several steps, one after the other', async () => {
  const { env, counters, events } = await desk();
  const execution = await execute(env, settingCounters(), { names: ['a', 'b', 'c'], to: 5 }, answering());
  expect(counters.writes).toEqual(['a=5', 'b=5', 'c=5']);
  expect(execution.steps.map(({ change, status, result }) => [change.id, status, result])).toEqual([
    ['a', 'done', 0],
    ['b', 'done', 0],
    ['c', 'done', 0],
  ]);
  expect(events.map(({ kind }) => kind)).toEqual(Array(3).fill(['step-started', 'step-ended']).flat());
});

const failures = [
  ['an answer that was lost', new SpillwayError('unknown-outcome', 'no answer'), 'unknown', 'unknown', 8],
  ['a refusal', new SpillwayError('stale-plan', 'moved'), 'failed', 'failed', 5],
  ['a safe stop', new SpillwayError('interrupted', 'stopped'), 'interrupted', 'interrupted', 130],
  ['an unreachable store', new SpillwayError('unreachable', 'gone'), 'failed', 'failed', 7],
] as const;
test.each(failures)(
  'a step that ends with %s is recorded, nothing comes after it, and the lock is given back',
  async (_, error, stepStatus, runStatus, exitCode) => {
    const { env, counters, lock, run } = await desk();
    const operation = settingCounters({
      after: (name) => {
        if (name === 'b') throw error;
      },
    });
    const failed = execute(env, operation, { names: ['a', 'b', 'c'] }, answering());
    await expect(failed).rejects.toMatchObject({ code: error.code, exitCode, message: error.message });
    expect(counters.writes).toEqual(['a=1', 'b=1']);
    const { status, steps } = await run();
    expect(status).toBe(runStatus);
    expect(steps.map((step) => [step.change.id, step.status, step.error])).toEqual([
      ['a', 'done', null],
      ['b', stepStatus, error.message],
    ]);
    expect(await lock.inspect()).toBeNull();
  },
);

test('an effect that breaks in a way nobody foresaw leaves its outcome unknown', async () => {
  const { env, run } = await desk();
  const operation = settingCounters({
    after: () => {
      throw new TypeError('undefined is not a function');
    },
  });
  await expect(execute(env, operation, { names: ['a'] }, answering())).rejects.toThrow(TypeError);
  expect(await run()).toMatchObject({ status: 'unknown', steps: [{ status: 'unknown' }] });
});

test('an error after a step was begun says how to go on', async () => {
  const { env, run } = await desk();
  const operation = settingCounters({
    before: () => {
      throw new SpillwayError('unreachable', 'gone', { suggestions: ['is it up?'] });
    },
  });
  await expect(execute(env, operation, { names: ['a'] }, answering())).rejects.toMatchObject({
    suggestions: ['is it up?', 'spillway runbook resume run-1'],
    details: { runId: 'run-1' },
  });
  expect((await run()).id).toBe('run-1');
});

test('a request to stop is obeyed before the next step, which is not begun', async () => {
  const { env, counters, interrupt, run } = await desk();
  const operation = settingCounters({ after: (name) => (name === 'a' ? interrupt.abort() : undefined) });
  await expect(execute(env, operation, { names: ['a', 'b'] }, answering())).rejects.toMatchObject({
    code: 'interrupted',
    suggestions: ['spillway runbook resume run-1'],
  });
  expect(counters.writes).toEqual(['a=1']);
  expect(await run()).toMatchObject({ status: 'interrupted', steps: [{ status: 'done' }] });
});

test('a request to stop is obeyed between two pieces of one step', async () => {
  const { env, interrupt, run } = await desk();
  const operation = settingCounters({
    before: async (_name, checkpoint) => {
      interrupt.abort();
      await checkpoint();
    },
  });
  await expect(execute(env, operation, { names: ['a'] }, answering())).rejects.toMatchObject({
    code: 'interrupted',
  });
  expect(await run()).toMatchObject({ status: 'interrupted', steps: [{ status: 'interrupted' }] });
});

test('a step that fails after a checkpoint was begun: it can be undone, where one that fails at once has left nothing', async () => {
  const { env, run } = await desk();
  const operation = settingCounters({
    before: async (_name, checkpoint) => {
      await checkpoint();
      throw new SpillwayError('failed', 'out of memory');
    },
  });
  await expect(execute(env, operation, { names: ['a'] }, answering())).rejects.toMatchObject({
    code: 'failed',
  });
  expect(await run()).toMatchObject({
    status: 'failed',
    steps: [{ status: 'interrupted', error: 'out of memory' }],
  });
});

test('a check that does not hold ends the run as failed, after the change', async () => {
  const { env, counters, run } = await desk();
  const operation = settingCounters({ checks: () => [{ name: 'a is even', ok: false, detail: '1' }] });
  const execution = await execute(env, operation, { names: ['a'] }, answering());
  expect(execution).toMatchObject({ status: 'check-failed', checks: [{ ok: false }] });
  expect(counters.writes).toEqual(['a=1']);
  expect(await run()).toMatchObject({ status: 'failed' });
});
