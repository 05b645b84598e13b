import { expect, test } from 'vitest';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import { toJson } from '../../../src/lib/core/json.ts';
import type { Probed } from '../../../src/lib/core/step.ts';
import { execute, planOperation, resumeOperation, undoSteps } from '../../../src/lib/engine/execute.ts';
import { resumableRun } from '../../../src/lib/engine/resumable.ts';
import { Run } from '../../../src/lib/engine/run.ts';
import { settingCounters } from './counters.ts';
import { answering, type Desk, desk, named, story, yes } from './desk.ts';

const lostAnswer = new SpillwayError('unknown-outcome', 'no answer');

/** A run of a, b, c that ends in b, after it was written (or before). */
async function endedInB(error: Error, where: 'before' | 'after' = 'after'): Promise<Desk> {
  const made = await desk();
  const breaking = (name: string) => {
    if (name === 'b') throw error;
  };
  const operation = settingCounters({ [where]: breaking });
  await expect(execute(made.env, operation, { names: ['a', 'b', 'c'] }, answering())).rejects.toThrow(
    error.message,
  );
  made.counters.writes.length = 0;
  return made;
}

test('a step that is done is not done again, and its journaled result is what apply gets', async () => {
  const { env, counters, events, run } = await endedInB(
    new SpillwayError('interrupted', 'stopped'),
    'before',
  );
  events.length = 0;
  const execution = await resumeOperation(env, settingCounters(), await run(), answering());
  expect(execution.status).toBe('done');
  expect(counters.writes).toEqual(['b=1', 'c=1']);
  expect(events[0]).toMatchObject({ kind: 'step-skipped', change: { id: 'a' } });
  expect(execution.steps.map((step) => [step.change.id, step.status])).toEqual([
    ['a', 'done'],
    ['b', 'done'],
    ['c', 'done'],
  ]);
  expect((await run()).status).toBe('done');
});

test('what an effect returned the first time is returned again by the step that is skipped', async () => {
  const { env, counters, run } = await desk();
  counters.values.set('a', 41);
  const returned: unknown[] = [];
  const operation = settingCounters();
  const listening = {
    ...operation,
    apply: async (...[context, plan]: Parameters<typeof operation.apply>) => {
      const step: typeof context.step = async (change, undo, effect) => {
        const result = await context.step(change, undo, effect);
        returned.push(result);
        return result;
      };
      await operation.apply({ ...context, step }, plan);
      if (returned.length === 1) throw new SpillwayError('interrupted', 'stopped');
    },
  };
  await expect(execute(env, listening, { names: ['a'] }, answering())).rejects.toThrow('stopped');
  await resumeOperation(env, listening, await run(), answering());
  expect(returned).toEqual([41, 41]);
});

const probes: readonly (readonly [Probed, readonly string[]])[] = [
  ['done', ['c=1']],
  ['not-done', ['b=1', 'c=1']],
  ['partial', ['b=1', 'c=1']],
];
test.each(probes)('a step with unknown outcome that is found %s: %o is written', async (found, writes) => {
  const { env, counters, run } = await endedInB(lostAnswer);
  const asked: string[] = [];
  const operation = settingCounters({
    probe: (step) => {
      asked.push(`${step.change.id} ${step.status}`);
      return found;
    },
  });
  const execution = await resumeOperation(env, operation, await run(), answering());
  expect(execution.status).toBe('done');
  expect(asked).toEqual(['b unknown']);
  expect(counters.writes).toEqual(writes);
});

test.each([
  ['the probe does not know either', 'unknown' as const],
  ['there is no probe', null],
])('a step with unknown outcome is never repeated blindly: %s', async (_, found) => {
  const { env, counters, lock, run } = await endedInB(lostAnswer);
  const operation = settingCounters(found === null ? {} : { probe: () => found });
  await expect(resumeOperation(env, operation, await run(), answering())).rejects.toMatchObject({
    code: 'unknown-outcome',
    exitCode: 8,
    suggestions: expect.arrayContaining([expect.stringContaining('spillway undo step-3')]),
  });
  expect(counters.writes).toEqual([]);
  expect(await lock.inspect()).toBeNull();
  expect((await run()).status).toBe('unknown');
});

test('a step whose process died is looked up too: it has an intent and no outcome', async () => {
  const { env, counters, run } = await desk();
  const plan = await planOperation(env, settingCounters(), { names: ['a'] });
  const dying = await Run.begin(env, {
    kind: 'operation',
    name: 'counters.set',
    incidentId: null,
    details: {},
  });
  const { journal } = env;
  await journal.append({
    type: 'plan.made',
    run: dying.id,
    op: 'counters.set',
    body: { bookStep: null, plan: toJson(plan) },
  });
  await journal.append({
    type: 'step.intended',
    run: dying.id,
    op: 'counters.set',
    body: { stepId: 'step-x', bookStep: null, change: toJson(plan.changes[0]), undo: { was: 0 } },
  });
  expect(await run()).toMatchObject({ status: 'running', steps: [{ status: 'intended' }] });
  const execution = await resumeOperation(
    env,
    settingCounters({ probe: () => 'done' }),
    await run(),
    answering(),
  );
  expect(execution.steps).toMatchObject([{ id: 'step-x', status: 'done' }]);
  expect(counters.writes).toEqual([]);
});

test('a retried step keeps its id and the undo data of the first attempt', async () => {
  const { env, counters, run } = await endedInB(new SpillwayError('failed', 'no'), 'after');
  expect(counters.get('b')).toBe(1);
  await resumeOperation(env, settingCounters(), await run(), answering());
  const [, b] = (await run()).steps;
  expect(b).toMatchObject({ id: 'step-3', undo: { name: 'b', was: 0 }, status: 'done' });
});

test('a retry whose process dies is unknown again, whatever the first attempt came to', async () => {
  const { env, journal, run } = await endedInB(new SpillwayError('failed', 'no'), 'before');
  const history = await run();
  await journal.open().append({ type: 'run.resumed', run: history.id, op: null, body: {} });
  await journal.open().append({
    type: 'step.retried',
    run: history.id,
    op: 'counters.set',
    body: { stepId: 'step-3', bookStep: null, change: toJson(history.steps[1]?.change), undo: { was: 0 } },
  });
  expect((await run()).steps[1]).toMatchObject({ status: 'intended', error: null, finishedAt: null });
  await expect(resumeOperation(env, settingCounters(), await run(), answering())).rejects.toMatchObject({
    code: 'unknown-outcome',
  });
});

test('resuming asks for the same consent as beginning', async () => {
  const { env, run } = await desk();
  const operation = settingCounters({
    impact: 'destructive',
    before: () => {
      throw new SpillwayError('interrupted', 'stopped');
    },
  });
  await expect(execute(env, operation, { names: ['a'] }, answering(named))).rejects.toThrow('stopped');
  await expect(resumeOperation(env, operation, await run(), answering(yes))).rejects.toMatchObject({
    code: 'refused',
  });
});

test('a plan that was refused as stale cannot be carried out by resuming it', async () => {
  const { env, counters, run, runs } = await desk();
  const ask = async () => {
    counters.values.set('a', 3);
    return yes;
  };
  const failed = execute(env, settingCounters(), { names: ['a'] }, { ...answering(), ask });
  await expect(failed).rejects.toMatchObject({ code: 'stale-plan' });
  await expect(resumeOperation(env, settingCounters(), await run(), answering())).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('changed nothing'),
  });
  expect(counters.writes).toEqual([]);
  const all = await runs();
  expect(() => resumableRun(all, null)).toThrow(expect.objectContaining({ code: 'usage' }));
});

test('a run that was undone is not gone on with', async () => {
  const { env, counters, run, runs } = await endedInB(new SpillwayError('interrupted', 'stopped'), 'before');
  const history = await run();
  await undoSteps(env, history.steps.slice(0, 1), () => settingCounters(), {
    incidentId: null,
    takeOver: false,
    consent: yes,
  });
  counters.writes.length = 0;
  const [undone] = await runs();
  if (undone === undefined) throw new Error('the journal has no run');
  await expect(resumeOperation(env, settingCounters(), undone, answering())).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('was undone'),
  });
  expect(counters.writes).toEqual([]);
});

test('the run to resume is the one named, else the newest that did not end well', async () => {
  const { env, runs } = await endedInB(new SpillwayError('interrupted', 'stopped'), 'before');
  await execute(env, settingCounters(), { names: ['z'] }, answering());
  const all = await runs();
  expect(resumableRun(all, null).id).toBe('run-1');
  expect(resumableRun(all, 'run-1').id).toBe('run-1');
  const done = all.at(-1)?.id ?? '';
  expect(() => resumableRun(all, done)).toThrow(expect.objectContaining({ code: 'refused' }));
  expect(() => resumableRun(all, 'run-11')).toThrow(
    expect.objectContaining({
      code: 'usage',
      suggestions: expect.arrayContaining(['spillway runbook resume run-1']),
    }),
  );
});

test('the journal tells the second attempt apart from the first', async () => {
  const { env, run, records } = await endedInB(new SpillwayError('failed', 'no'), 'before');
  await resumeOperation(env, settingCounters(), await run(), answering());
  expect(story(await records()).slice(4)).toEqual([
    'step.intended a',
    'step.ended a done',
    'step.intended b',
    'step.ended b failed',
    'run.ended failed',
    'lock.released',
    'lock.acquired',
    'run.resumed',
    'step.retried b',
    'step.ended b done',
    'step.intended c',
    'step.ended c done',
    'verified',
    'run.ended done',
    'lock.released',
  ]);
});
