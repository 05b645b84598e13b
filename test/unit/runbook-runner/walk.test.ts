import { describe, expect, test } from 'vitest';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import { settingCounters } from '../engine/counters.ts';
import { desk, yes } from '../engine/desk.ts';
import { bookOf, bookRun, gettingCounter, statuses } from './book-run.ts';

const set = (id: string, name: string, more: Record<string, unknown> = {}) => ({
  id,
  operation: 'counters.set',
  with: { names: [name] },
  ...more,
});
const get = (id: string, name: string, more: Record<string, unknown> = {}) => ({
  id,
  operation: 'counters.get',
  with: { name },
  ...more,
});
const failing = (code: 'failed' | 'unreachable' | 'unknown-outcome' | 'locked' | 'refused' | 'interrupted') =>
  settingCounters({
    before: () => {
      throw new SpillwayError(code, `it ended with ${code}`);
    },
  });

test('the steps are taken in order, each change as steps of one run', async () => {
  const made = await desk();
  const book = bookOf([set('first', 'a'), get('second', 'a'), set('third', 'b')]);
  const { seen, outcome } = bookRun(made, { book, operations: [settingCounters(), gettingCounter()] });
  const { status, runId, ...rest } = await outcome;
  expect({ status, runId }).toEqual({ status: 'done', runId: 'run-1' });
  expect(statuses(rest)).toEqual(['first done', 'second done', 'third done']);
  expect(made.counters.writes).toEqual(['a=1', 'b=1']);
  expect(seen.decided).toEqual(['first', 'third']);
  const { kind, name, status: ended, steps } = await made.run();
  expect({ kind, name, ended }).toEqual({ kind: 'runbook', name: 'test-book', ended: 'done' });
  expect(steps.map((step) => [step.bookStep, step.status])).toEqual([
    ['first', 'done'],
    ['third', 'done'],
  ]);
  expect(await made.lock.inspect()).toBeNull();
});

test('the journal holds the book itself, so that a run can be resumed after the file has changed', async () => {
  const made = await desk();
  const book = bookOf([set('first', 'a')], { level: { type: 'number', description: 'a level', default: 3 } });
  await bookRun(made, { book, operations: [settingCounters()], inputs: { level: 5 } }).outcome;
  expect((await made.run()).opening).toMatchObject({ book, inputs: { level: 5 } });
});

describe('when', () => {
  test('a step whose condition does not hold is skipped, with the condition as the reason', async () => {
    const made = await desk();
    const book = bookOf([get('first', 'a'), set('second', 'a', { when: 'steps.first.data.value > 5' })]);
    const { outcome } = bookRun(made, { book, operations: [settingCounters(), gettingCounter([1])] });
    const { steps } = await outcome;
    expect(steps[1]).toMatchObject({
      status: 'skipped',
      summary: expect.stringContaining('steps.first.data.value > 5'),
    });
    expect(made.counters.writes).toEqual([]);
  });

  test('a condition that holds lets the step through', async () => {
    const made = await desk();
    const book = bookOf([get('first', 'a'), set('second', 'a', { when: 'steps.first.data.value > 5' })]);
    await bookRun(made, { book, operations: [settingCounters(), gettingCounter([6])] }).outcome;
    expect(made.counters.writes).toEqual(['a=1']);
  });

  test('a condition that cannot be computed stops the run before the step', async () => {
    const made = await desk();
    const book = bookOf([set('second', 'a', { when: 'steps.nowhere.data.value > 5' })]);
    const { outcome } = bookRun(made, { book, operations: [settingCounters()] });
    await expect(outcome).rejects.toMatchObject({ code: 'failed' });
    expect(made.counters.writes).toEqual([]);
  });
});

describe('with', () => {
  test('expressions bind typed values; a null leaves the member out', async () => {
    const made = await desk();
    const book = bookOf([
      get('first', 'a'),
      {
        id: 'second',
        operation: 'counters.set',
        with: {
          names: { cel: "['b', target]" },
          to: { cel: 'inputs.level == 0 ? null : steps.first.data.value + inputs.level' },
        },
      },
    ]);
    const operations = [settingCounters(), gettingCounter([40, 40])];
    await bookRun(made, { book, operations, inputs: { level: 2 } }).outcome;
    await bookRun(made, { book, operations, inputs: { level: 0 } }).outcome;
    expect(made.counters.writes).toEqual(['b=42', 'lab=42', 'b=1', 'lab=1']);
  });

  test('what the operation does not understand stops the run as a usage error; nothing was written', async () => {
    const made = await desk();
    const book = bookOf([{ id: 'first', operation: 'counters.set', with: { names: 'a' } }]);
    await expect(bookRun(made, { book, operations: [settingCounters()] }).outcome).rejects.toMatchObject({
      code: 'usage',
    });
    expect(made.counters.writes).toEqual([]);
  });
});

describe('gate', () => {
  const gated = (more: Record<string, unknown> = {}) =>
    bookOf([
      get('measure', 'a', {
        gate: {
          branches: [{ when: 'steps.measure.data.value >= 10', to: 'last', title: 'It is enough.' }],
          default: { to: 'purge', title: 'It is not enough.' },
        },
        ...more,
      }),
      set('between', 'between'),
      set('purge', 'purge'),
      set('last', 'last'),
    ]);
  const operations = (value: number) => [settingCounters(), gettingCounter([value])];

  test('the first branch that holds is gone to, and what lies between is not taken', async () => {
    const made = await desk();
    const { seen, outcome } = bookRun(made, { book: gated(), operations: operations(10) });
    expect(statuses(await outcome)).toEqual(['measure done', 'last done']);
    expect(seen.branches).toEqual(['It is enough. -> last']);
    expect(made.counters.writes).toEqual(['last=1']);
  });

  test('without a branch that holds the default is gone to', async () => {
    const made = await desk();
    const { outcome } = bookRun(made, { book: gated(), operations: operations(9) });
    expect(statuses(await outcome)).toEqual(['measure done', 'purge done', 'last done']);
  });

  test('a gate can end the book', async () => {
    const made = await desk();
    const book = bookOf([
      get('measure', 'a', {
        gate: {
          branches: [{ when: 'true', to: 'end', title: 'Done.' }],
          default: { to: 'next', title: 'Go on.' },
        },
      }),
      set('next', 'a'),
    ]);
    const outcome = await bookRun(made, { book, operations: operations(0) }).outcome;
    expect(outcome.status).toBe('done');
    expect(made.counters.writes).toEqual([]);
  });

  test('a gate that the operator skips goes its default way: nothing was measured', async () => {
    const made = await desk();
    const { outcome } = bookRun(made, {
      book: gated(),
      operations: operations(10),
      decisions: { measure: { kind: 'skip', reason: 'the graph says it' } },
    });
    expect(statuses(await outcome)).toEqual(['measure skipped', 'purge done', 'last done']);
  });

  test('a gate whose measurement fails and may be passed over goes its default way', async () => {
    const made = await desk();
    const broken = {
      ...gettingCounter(),
      plan: () => Promise.reject(new SpillwayError('unreachable', 'gone')),
    };
    const { outcome } = bookRun(made, {
      book: gated({ onFailure: 'continue' }),
      operations: [settingCounters(), broken],
    });
    expect(statuses(await outcome)).toEqual(['measure failed', 'purge done', 'last done']);
  });
});

describe('choose', () => {
  const choosing = bookOf(
    [
      {
        id: 'stop',
        operation: 'counters.set',
        choose: {
          from: 'inputs.found',
          input: 'names',
          value: 'id',
          label: 'name',
          details: ['share'],
          default: 'inputs.found.filter(one, one.share > 0.1).map(one, one.id)',
        },
      },
    ],
    { found: { type: 'list', description: 'what was found' } },
  );
  const inputs = {
    found: [
      { id: 'a', name: 'Alpha', share: 0.751234 },
      { id: 'b', name: 'Beta', share: 0.05 },
    ],
  };

  test('what the book ticks by default is what is bound when nobody chooses otherwise', async () => {
    const made = await desk();
    const { seen, outcome } = bookRun(made, { book: choosing, operations: [settingCounters()], inputs });
    await outcome;
    expect(seen.offered['stop']).toEqual([
      { value: 'a', label: 'Alpha  share 0.751', chosen: true },
      { value: 'b', label: 'Beta  share 0.0500', chosen: false },
    ]);
    expect(made.counters.writes).toEqual(['a=1']);
  });

  test('what the operator ticks is what is bound', async () => {
    const made = await desk();
    const parts = { book: choosing, operations: [settingCounters()], inputs, choices: { stop: ['b', 'a'] } };
    await bookRun(made, parts).outcome;
    expect(made.counters.writes).toEqual(['b=1', 'a=1']);
  });

  test('expressions that give no list stop the run', async () => {
    const made = await desk();
    const parts = { book: choosing, operations: [settingCounters()], inputs: { found: 'nothing' } };
    await expect(bookRun(made, parts).outcome).rejects.toMatchObject({ code: 'failed' });
  });
});

describe('expect and retry', () => {
  const waiting = (attempts: number, onFailure = 'stop') =>
    bookOf([
      get('wait', 'a', {
        expect: [{ cel: 'steps.wait.data.value >= 3', message: 'a is at least 3' }],
        retry: { attempts, intervalSeconds: 0 },
        onFailure,
      }),
      set('next', 'next'),
    ]);

  test('a measurement is repeated until its expectation holds', async () => {
    const made = await desk();
    const values = [1, 2, 3, 4];
    const { outcome } = bookRun(made, {
      book: waiting(5),
      operations: [settingCounters(), gettingCounter(values)],
    });
    expect((await outcome).steps[0]).toMatchObject({
      status: 'done',
      data: { value: 3 },
      checks: [{ ok: true }],
    });
    expect(values).toEqual([4]);
  });

  test('after the last attempt the run stops with exit code 4, and says how to go on', async () => {
    const made = await desk();
    const values = [1, 2, 3];
    const { seen, outcome } = bookRun(made, {
      book: waiting(2),
      operations: [settingCounters(), gettingCounter(values)],
    });
    await expect(outcome).rejects.toMatchObject({
      code: 'check-failed',
      exitCode: 4,
      message: expect.stringContaining('a is at least 3'),
      suggestions: ['spillway runbook resume run-1'],
    });
    expect(values).toEqual([3]);
    expect(seen.finished[0]).toMatchObject({
      status: 'failed',
      checks: [{ name: 'a is at least 3', ok: false }],
    });
    expect(made.counters.writes).toEqual([]);
    expect((await made.run()).status).toBe('failed');
    expect(await made.lock.inspect()).toBeNull();
  });

  test('where the book says so, a failed expectation is passed over and stays recorded as failed', async () => {
    const made = await desk();
    const operations = [settingCounters(), gettingCounter([1, 1])];
    const outcome = await bookRun(made, { book: waiting(2, 'continue'), operations }).outcome;
    expect(statuses(outcome)).toEqual(['wait failed', 'next done']);
  });

  test('a request to stop ends the wait between two attempts', async () => {
    const made = await desk();
    const book = bookOf([
      get('wait', 'a', {
        expect: [{ cel: 'steps.wait.data.value >= 3', message: 'a is at least 3' }],
        retry: { attempts: 5, intervalSeconds: 600 },
      }),
    ]);
    const { outcome } = bookRun(made, { book, operations: [gettingCounter()] });
    made.interrupt.abort(new SpillwayError('interrupted', 'stopped by Ctrl-C'));
    await expect(outcome).rejects.toMatchObject({
      code: 'interrupted',
      suggestions: ['spillway runbook resume run-1'],
    });
    expect((await made.run()).status).toBe('interrupted');
  });

  test('an expectation of a change is judged after the change, with its checks', async () => {
    const made = await desk();
    const operation = settingCounters({ checks: () => [{ name: 'set', ok: true, detail: 'yes' }] });
    const book = bookOf([
      set('first', 'a', { expect: [{ cel: 'size(steps.first.checks) == 1', message: 'it was verified' }] }),
    ]);
    const { steps } = await bookRun(made, { book, operations: [operation] }).outcome;
    expect(steps[0]?.checks.map(({ name, ok }) => [name, ok])).toEqual([
      ['set', true],
      ['it was verified', true],
    ]);
  });
});

describe('onFailure', () => {
  test.each(['failed', 'unreachable'] as const)(
    'a change that ends with %s is passed over only where the book says so',
    async (code) => {
      const book = (onFailure: string) =>
        bookOf([
          set('first', 'a', { onFailure }),
          { id: 'second', operation: 'counters.other', with: { names: ['b'] } },
        ]);
      const operations = [failing(code), settingCounters({ id: 'counters.other' })];
      const going = await desk();
      expect(statuses(await bookRun(going, { book: book('continue'), operations }).outcome)).toEqual([
        'first failed',
        'second done',
      ]);
      const stopping = await desk();
      await expect(bookRun(stopping, { book: book('stop'), operations }).outcome).rejects.toMatchObject({
        code,
        suggestions: expect.arrayContaining(['spillway runbook resume run-1']),
      });
      expect(stopping.counters.writes).toEqual([]);
    },
  );

  test.each(['unknown-outcome', 'locked', 'refused', 'interrupted'] as const)(
    'a change that ends with %s is never passed over',
    async (code) => {
      const made = await desk();
      const book = bookOf([
        set('first', 'a', { onFailure: 'continue' }),
        { id: 'second', operation: 'counters.other', with: { names: ['b'] } },
      ]);
      const operations = [failing(code), settingCounters({ id: 'counters.other' })];
      await expect(bookRun(made, { book, operations }).outcome).rejects.toMatchObject({ code });
      expect(made.counters.writes).toEqual([]);
    },
  );

  test('a message whose arrival is not known may be passed over, where the book says so: the response does not wait for it', async () => {
    const lost = settingCounters({
      id: 'notify.send',
      impact: 'external',
      before: () => {
        throw new SpillwayError('unknown-outcome', 'no answer');
      },
    });
    const book = (onFailure: string) =>
      bookOf([
        { id: 'tell', operation: 'notify.send', with: { names: ['slack'] }, onFailure },
        set('next', 'a'),
      ]);
    const made = await desk();
    const outcome = await bookRun(made, { book: book('continue'), operations: [lost, settingCounters()] })
      .outcome;
    expect(statuses(outcome)).toEqual(['tell unknown', 'next done']);
    const other = await desk();
    const stopping = bookRun(other, { book: book('stop'), operations: [lost, settingCounters()] }).outcome;
    await expect(stopping).rejects.toMatchObject({ code: 'unknown-outcome' });
  });

  test('an error that nobody foresaw is never passed over: what it left is not known', async () => {
    const made = await desk();
    const broken = settingCounters({
      after: () => {
        throw new TypeError('undefined is not a function');
      },
    });
    const book = bookOf([
      set('first', 'a', { onFailure: 'continue' }),
      { id: 'second', operation: 'counters.other', with: { names: ['b'] } },
    ]);
    const { seen, outcome } = bookRun(made, {
      book,
      operations: [broken, settingCounters({ id: 'counters.other' })],
    });
    await expect(outcome).rejects.toThrow(TypeError);
    expect(seen.finished).toMatchObject([{ id: 'first', status: 'unknown' }]);
    expect(made.counters.writes).toEqual(['a=1']);
  });
});

describe('the operator', () => {
  test('a request to stop is obeyed before the next step, also if that only reads', async () => {
    const made = await desk();
    const reading = gettingCounter();
    const interrupting = {
      ...reading,
      plan: (...args: Parameters<typeof reading.plan>) => {
        made.interrupt.abort(new SpillwayError('interrupted', 'stopped by Ctrl-C'));
        return reading.plan(...args);
      },
    };
    const book = bookOf([get('first', 'a'), get('second', 'a')]);
    const { seen, outcome } = bookRun(made, { book, operations: [interrupting] });
    await expect(outcome).rejects.toMatchObject({
      code: 'interrupted',
      suggestions: ['spillway runbook resume run-1'],
    });
    expect(seen.finished.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'first done',
      'second interrupted',
    ]);
  });

  test('a step that is skipped is recorded with the reason, and nothing of it is done', async () => {
    const made = await desk();
    const book = bookOf([set('first', 'a'), set('second', 'b')]);
    const parts = {
      book,
      operations: [settingCounters()],
      decisions: { first: { kind: 'skip', reason: 'done by hand' } },
    } as const;
    const outcome = await bookRun(made, parts).outcome;
    expect(statuses(outcome)).toEqual(['first skipped', 'second done']);
    expect(outcome.steps[0]?.summary).toContain('done by hand');
    expect(made.counters.writes).toEqual(['b=1']);
  });

  test('stopping ends the run where it stands; it can be resumed', async () => {
    const made = await desk();
    const book = bookOf([set('first', 'a'), set('second', 'b'), set('third', 'c')]);
    const operations = [settingCounters()];
    const stopped = await bookRun(made, { book, operations, decisions: { second: { kind: 'stop' } } })
      .outcome;
    expect(stopped.status).toBe('stopped');
    expect((await made.run()).status).toBe('stopped');
    const { seen, outcome } = bookRun(made, { book, operations, history: await made.run() });
    expect(statuses(await outcome)).toEqual(['first done', 'second done', 'third done']);
    expect(seen.announced).toEqual(['second', 'third']);
    expect(made.counters.writes).toEqual(['a=1', 'b=1', 'c=1']);
  });

  test('a note is in the journal when it is made', async () => {
    const made = await desk();
    const book = bookOf([set('first', 'a')]);
    await bookRun(made, { book, operations: [settingCounters()], notes: { first: 'the provider was told' } })
      .outcome;
    const types = (await made.records()).map(({ type, body }) => (type === 'book.note' ? body : type));
    expect(types.indexOf('plan.made')).toBeGreaterThan(types.findIndex((one) => typeof one === 'object'));
    expect(types).toContainEqual({ stepId: 'first', text: 'the provider was told' });
  });

  test('a destructive step without the target’s name is refused by the engine, though the conduct said apply', async () => {
    const made = await desk();
    const book = bookOf([set('first', 'a')]);
    const operations = [settingCounters({ impact: 'destructive' })];
    const decisions = { first: { kind: 'apply', consent: yes } } as const;
    await expect(bookRun(made, { book, operations, decisions }).outcome).rejects.toMatchObject({
      code: 'refused',
    });
    expect(made.counters.writes).toEqual([]);
    expect((await made.run()).status).toBe('stopped');
  });
});

describe('snapshotGuard', () => {
  const book = bookOf([
    { id: 'dump', operation: 'snapshot.create', with: { names: ['dump'] } },
    set('purge', 'a', { snapshotGuard: 'dump' }),
  ]);
  const operations = [settingCounters({ id: 'snapshot.create' }), settingCounters()];

  test('lets the step through after a good snapshot of this run', async () => {
    const made = await desk();
    await bookRun(made, { book, operations }).outcome;
    expect(made.counters.writes).toEqual(['dump=1', 'a=1']);
  });

  test('refuses the step when the snapshot is not good any more', async () => {
    const made = await desk();
    const checkSnapshot = () => ({ name: 'snapshot', ok: false, detail: 'a checksum differs' });
    await expect(bookRun(made, { book, operations, checkSnapshot }).outcome).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('a checksum differs'),
    });
    expect(made.counters.writes).toEqual(['dump=1']);
  });

  test('refuses the step when the snapshot was skipped', async () => {
    const made = await desk();
    const decisions = { dump: { kind: 'skip', reason: 'no room' } } as const;
    await expect(bookRun(made, { book, operations, decisions }).outcome).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('was not made in this run'),
    });
    expect(made.counters.writes).toEqual([]);
  });
});
