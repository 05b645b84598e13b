import { expect, test } from 'vitest';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import { undoSteps } from '../../../src/lib/engine/execute.ts';
import { newestUnfinished } from '../../../src/lib/engine/resumable.ts';
import { stepsToUndo } from '../../../src/lib/engine/undo-plan.ts';
import { settingCounters } from '../engine/counters.ts';
import { type Desk, desk, yes } from '../engine/desk.ts';
import { bookOf, bookRun, gettingCounter, statuses } from './book-run.ts';

const book = bookOf([
  { id: 'measure', operation: 'counters.get', with: { name: 'a' } },
  {
    id: 'change',
    operation: 'counters.set',
    with: { names: ['b', 'c', 'd'], to: { cel: 'steps.measure.data.value' } },
  },
  { id: 'last', operation: 'counters.set', with: { names: ['last'] } },
]);

/** A run that ends in `change`, at counter c. */
async function endedInC(error: Error): Promise<Desk> {
  const made = await desk();
  const breaking = settingCounters({
    after: (name) => {
      if (name === 'c') throw error;
    },
  });
  const { outcome } = bookRun(made, { book, operations: [breaking, gettingCounter([7])] });
  await expect(outcome).rejects.toThrow(error.message);
  made.counters.writes.length = 0;
  return made;
}

test('finished steps are not taken again, and what they measured stays known; the begun change goes on by its journaled plan', async () => {
  const made = await endedInC(new SpillwayError('interrupted', 'stopped'));
  const operations = [settingCounters(), gettingCounter([99])];
  const { seen, outcome } = bookRun(made, { book, operations, history: await made.run() });
  expect(statuses(await outcome)).toEqual(['measure done', 'change done', 'last done']);
  expect(seen.announced).toEqual(['change', 'last']);
  expect(made.counters.writes).toEqual(['c=7', 'd=7', 'last=1']);
  expect((await made.run()).status).toBe('done');
});

test('the begun change still needs consent', async () => {
  const made = await endedInC(new SpillwayError('interrupted', 'stopped'));
  const none = { targetTyped: null, yes: false, how: 'test' };
  const parts = {
    book,
    operations: [settingCounters(), gettingCounter()],
    history: await made.run(),
    decisions: { change: { kind: 'apply', consent: none } },
  } as const;
  await expect(bookRun(made, parts).outcome).rejects.toMatchObject({ code: 'refused' });
  expect(made.counters.writes).toEqual([]);
});

test('a step whose outcome is not known is looked up, and the rest of its plan is done', async () => {
  const made = await endedInC(new SpillwayError('unknown-outcome', 'no answer'));
  expect((await made.run()).status).toBe('unknown');
  const operations = [settingCounters({ probe: () => 'done' }), gettingCounter()];
  const { outcome } = bookRun(made, { book, operations, history: await made.run() });
  expect((await outcome).status).toBe('done');
  expect(made.counters.writes).toEqual(['d=7', 'last=1']);
});

test('a gate that chose keeps its choice', async () => {
  const made = await desk();
  const gated = bookOf([
    {
      id: 'measure',
      operation: 'counters.get',
      with: { name: 'a' },
      gate: {
        branches: [{ when: 'steps.measure.data.value > 5', to: 'last', title: 'enough' }],
        default: { to: 'between', title: 'not enough' },
      },
    },
    { id: 'between', operation: 'counters.set', with: { names: ['between'] } },
    { id: 'last', operation: 'counters.set', with: { names: ['last'] } },
  ]);
  const stop = { last: { kind: 'stop' } } as const;
  await bookRun(made, { book: gated, operations: [settingCounters(), gettingCounter([6])], decisions: stop })
    .outcome;
  const operations = [settingCounters(), gettingCounter([0])];
  const { outcome } = bookRun(made, { book: gated, operations, history: await made.run() });
  expect(statuses(await outcome)).toEqual(['measure done', 'last done']);
  expect(made.counters.writes).toEqual(['last=1']);
});

test('a skipped step stays skipped', async () => {
  const made = await desk();
  const decisions = { change: { kind: 'skip', reason: 'by hand' }, last: { kind: 'stop' } } as const;
  const operations = [settingCounters(), gettingCounter()];
  await bookRun(made, { book, operations, decisions }).outcome;
  const { seen, outcome } = bookRun(made, { book, operations, history: await made.run() });
  expect(statuses(await outcome)).toEqual(['measure done', 'change skipped', 'last done']);
  expect(seen.announced).toEqual(['last']);
  expect(made.counters.writes).toEqual(['last=1']);
});

test('a begun change that was undone meanwhile is planned anew, and its steps can be undone again', async () => {
  const made = await endedInC(new SpillwayError('interrupted', 'stopped'));
  const id = (await made.run()).id;
  const undo = { incidentId: null, takeOver: false, consent: yes };
  await undoSteps(made.env, stepsToUndo(await made.runs(), id), () => settingCounters(), undo);
  made.counters.writes.length = 0;
  const history = (await made.runs()).find((run) => run.id === id);
  const operations = [settingCounters(), gettingCounter()];
  const { outcome } = bookRun(made, { book, operations, history: history ?? null });
  expect((await outcome).status).toBe('done');
  expect(made.counters.writes).toEqual(['b=7', 'c=7', 'd=7', 'last=1']);
  expect(stepsToUndo(await made.runs(), id)).toHaveLength(4);
  const planned = (await made.records()).filter(
    ({ type, body }) => type === 'plan.made' && body['bookStep'] === 'change',
  );
  expect(planned).toHaveLength(2);
});

test('a step of the book that was done and undone since is done again on resume', async () => {
  const made = await desk();
  const operations = [settingCounters(), gettingCounter()];
  await bookRun(made, { book, operations, decisions: { last: { kind: 'stop' } } }).outcome;
  const { id } = await made.run();
  const undo = { incidentId: null, takeOver: false, consent: yes };
  await undoSteps(made.env, stepsToUndo(await made.runs(), id), () => settingCounters(), undo);
  made.counters.writes.length = 0;
  const history = (await made.runs()).find((run) => run.id === id);
  expect(newestUnfinished(await made.runs())).toBeNull();
  const { seen, outcome } = bookRun(made, { book, operations, history: history ?? null });
  expect((await outcome).status).toBe('done');
  expect(seen.announced).toEqual(['change', 'last']);
  expect(made.counters.writes.at(-1)).toBe('last=1');
  expect(made.counters.writes.length).toBeGreaterThan(1);
});

test('an audit plans every step, goes past the gate and past what cannot be measured, and changes and journals nothing', async () => {
  const made = await desk();
  const audited = bookOf([
    {
      id: 'measure',
      operation: 'counters.get',
      with: { name: 'a' },
      gate: {
        branches: [{ when: 'true', to: 'end', title: 'enough' }],
        default: { to: 'change', title: 'no' },
      },
    },
    { id: 'change', operation: 'counters.set', with: { names: ['b'] } },
    { id: 'guarded', operation: 'counters.set', with: { names: ['c'] }, snapshotGuard: 'change' },
    { id: 'broken', operation: 'counters.broken', with: {} },
    { id: 'last', operation: 'counters.set', with: { names: ['d'] } },
  ]);
  const broken = {
    ...gettingCounter(),
    id: 'counters.broken',
    plan: () => Promise.reject(new SpillwayError('unreachable', 'gone')),
  };
  const { seen, outcome } = bookRun(made, {
    book: audited,
    operations: [settingCounters(), gettingCounter(), broken],
    applies: false,
  });
  const { status, runId, steps, plans } = await outcome;
  expect({ status, runId }).toEqual({ status: 'planned', runId: null });
  expect(statuses({ steps })).toEqual([
    'measure done',
    'change planned',
    'guarded planned',
    'broken failed',
    'last planned',
  ]);
  expect([...plans.keys()]).toEqual(['change', 'guarded', 'last']);
  expect(seen.decided).toEqual([]);
  expect(made.counters.writes).toEqual([]);
  expect(await made.records()).toEqual([]);
  expect(await made.lock.inspect()).toBeNull();
});
