import { expect, test } from 'vitest';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import type { Step } from '../../../src/lib/core/step.ts';
import { execute, resumeOperation, undoSteps } from '../../../src/lib/engine/execute.ts';
import { stepsToUndo, undoPlan } from '../../../src/lib/engine/undo-plan.ts';
import { type CountersOptions, settingCounters } from './counters.ts';
import { answering, type Desk, desk, yes } from './desk.ts';

const options = { incidentId: null, takeOver: false, consent: yes };

async function undo(made: Desk, id: string) {
  const steps = stepsToUndo(await made.runs(), id);
  made.counters.writes.length = 0;
  return undoSteps(made.env, steps, () => settingCounters(), options);
}

async function changed(counterOptions: CountersOptions = {}): Promise<Desk> {
  const made = await desk();
  made.counters.values.set('a', 10).set('b', 20).set('c', 30);
  const operation = settingCounters(counterOptions);
  const running = execute(made.env, operation, { names: ['a', 'b', 'c'] }, answering());
  await (counterOptions.before || counterOptions.after ? expect(running).rejects.toThrow() : running);
  return made;
}

test('a run is undone newest step first, to what was there before; its steps are marked', async () => {
  const made = await changed();
  const undoing = await undo(made, 'run-1');
  expect(made.counters.writes).toEqual(['c=30', 'b=20', 'a=10']);
  const [first, second] = await made.runs();
  expect(first?.steps.map((step) => step.undoneBy)).toEqual([undoing.id, undoing.id, undoing.id]);
  expect(second).toMatchObject({ kind: 'undo', status: 'done' });
});

test('one step is undone, and the others stay', async () => {
  const made = await changed();
  await undo(made, 'step-3');
  expect(made.counters.writes).toEqual(['b=20']);
  const [first] = await made.runs();
  expect(first?.steps.map((step) => step.undoneBy !== null)).toEqual([false, true, false]);
});

test('what is undone already is left alone', async () => {
  const made = await changed();
  await undo(made, 'step-3');
  expect(stepsToUndo(await made.runs(), 'step-3')).toEqual([]);
  await undo(made, 'run-1');
  expect(made.counters.writes).toEqual(['c=30', 'a=10']);
});

test('undoing can itself be undone', async () => {
  const made = await changed();
  const undoing = await undo(made, 'run-1');
  await undo(made, undoing.id);
  expect(made.counters.writes).toEqual(['a=1', 'b=1', 'c=1']);
});

test('an undo that stops half way marks only what it undid, and the rest can be undone later', async () => {
  const made = await changed();
  const steps = stepsToUndo(await made.runs(), 'run-1');
  const set = made.env.write.set;
  const breaking = {
    ...made.env,
    write: {
      set(name: string, value: number) {
        if (name === 'b') throw new SpillwayError('unreachable', 'gone');
        set(name, value);
      },
    },
  };
  await expect(undoSteps(breaking, steps, () => settingCounters(), options)).rejects.toMatchObject({
    code: 'unreachable',
  });
  const [first, second] = await made.runs();
  expect(first?.steps.map((step) => step.undoneBy !== null)).toEqual([false, false, true]);
  expect(second?.status).toBe('failed');
  await undo(made, 'run-1');
  expect(made.counters.writes).toEqual(['b=20', 'a=10']);
});

test('undoing needs consent, takes the lock and looks at the target’s identity', async () => {
  const made = await changed();
  const steps = stepsToUndo(await made.runs(), 'run-1');
  made.counters.writes.length = 0;
  const none = { targetTyped: null, yes: false, how: 'test' };
  await expect(
    undoSteps(made.env, steps, () => settingCounters(), { ...options, consent: none }),
  ).rejects.toMatchObject({ code: 'refused' });
  const wrong = made.other('ann@desk', {
    confirmIdentity: () => Promise.reject(new SpillwayError('refused', 'another cluster')),
  });
  await expect(undoSteps(wrong, steps, () => settingCounters(), options)).rejects.toThrow('another cluster');
  const bob = {
    actor: 'bob@elsewhere',
    host: 'elsewhere',
    pid: 1,
    runId: 'run-bob',
    since: '2026-01-02T03:04:05.000Z',
  };
  await made.lock.acquire(bob, null);
  await expect(undoSteps(made.env, steps, () => settingCounters(), options)).rejects.toMatchObject({
    code: 'locked',
  });
  expect(made.counters.writes).toEqual([]);
});

const endings: readonly (readonly [string, Error, Step['status'], boolean])[] = [
  ['an answer that was lost', new SpillwayError('unknown-outcome', 'lost'), 'unknown', true],
  ['a safe stop', new SpillwayError('interrupted', 'stopped'), 'interrupted', true],
  ['a clean failure', new SpillwayError('failed', 'no'), 'failed', false],
];
test.each(endings)('a step that ended with %s: can it be undone?', async (_, error, status, undoable) => {
  const made = await changed({
    after: (name) => {
      if (name === 'a') throw error;
    },
  });
  const runs = await made.runs();
  expect(runs[0]?.steps[0]?.status).toBe(status);
  if (undoable) expect(stepsToUndo(runs, 'step-2')).toHaveLength(1);
  else expect(() => stepsToUndo(runs, 'step-2')).toThrow(/cannot be undone: it failed/);
  expect(stepsToUndo(runs, 'run-1')).toHaveLength(undoable ? 1 : 0);
});

test('a step without undo data is refused by name, and left out of its run', async () => {
  const made = await changed({ undoable: false });
  const runs = await made.runs();
  expect(() => stepsToUndo(runs, 'step-2')).toThrow(expect.objectContaining({ code: 'refused' }));
  expect(stepsToUndo(runs, 'run-1')).toEqual([]);
});

test('an id that nobody knows is a usage error with the nearest', async () => {
  const made = await changed();
  const runs = await made.runs();
  expect(() => stepsToUndo(runs, 'step-22')).toThrow(
    expect.objectContaining({ code: 'usage', suggestions: expect.arrayContaining(['spillway undo step-2']) }),
  );
});

test('the plan of an undo shows every step the other way round, newest first', async () => {
  const made = await changed();
  const plan = undoPlan('lab', stepsToUndo(await made.runs(), 'run-1'), new Date(0));
  expect(plan.changes.map(({ target, action, before, after }) => [target, action, before, after])).toEqual([
    ['counter c', 'undo set', 1, 30],
    ['counter b', 'undo set', 1, 20],
    ['counter a', 'undo set', 1, 10],
  ]);
  expect(undoPlan('lab', [], new Date(0)).summary).toBe('Nothing is left to undo.');
});

test('a step of an unfinished run that was undone does not come back when the run is resumed', async () => {
  const made = await changed({
    before: (name) => {
      if (name === 'c') throw new SpillwayError('interrupted', 'stopped');
    },
  });
  await undo(made, 'step-2');
  const [first] = await made.runs();
  if (first === undefined) throw new Error('the journal has no run');
  made.counters.writes.length = 0;
  await expect(resumeOperation(made.env, settingCounters(), first, answering())).rejects.toMatchObject({
    code: 'refused',
  });
  expect(made.counters.writes).toEqual([]);
});
