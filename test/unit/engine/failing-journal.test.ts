import { expect, test } from 'vitest';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import { execute, resumeOperation } from '../../../src/lib/engine/execute.ts';
import type { Journal } from '../../../src/lib/journal/journal.ts';
import { settingCounters } from './counters.ts';
import { answering, desk } from './desk.ts';

/** A journal that cannot be written once a record of one of these types comes. */
function failingAt(journal: Journal, ...types: readonly string[]): Journal {
  let full = false;
  return {
    read: () => journal.read(),
    async append(entry) {
      full ||= types.includes(entry.type);
      if (full) throw new SpillwayError('failed', 'the journal cannot be written');
      return journal.append(entry);
    },
  };
}

test.each(['run.started', 'plan.made', 'lock.acquired', 'step.intended'])(
  'when the journal cannot take %s, nothing is written and the lock is free again',
  async (type) => {
    const made = await desk();
    const env = { ...made.env, journal: failingAt(made.env.journal, type) };
    await expect(execute(env, settingCounters(), { names: ['a'] }, answering())).rejects.toThrow(
      'the journal cannot be written',
    );
    expect(made.counters.writes).toEqual([]);
    expect(await made.lock.inspect()).toBeNull();
  },
);

test('when the journal cannot take an outcome, no further step is begun, and the journal leaves it open', async () => {
  const made = await desk();
  const env = { ...made.env, journal: failingAt(made.env.journal, 'step.ended') };
  await expect(execute(env, settingCounters(), { names: ['a', 'b'] }, answering())).rejects.toThrow(
    'the journal cannot be written',
  );
  expect(made.counters.writes).toEqual(['a=1']);
  expect(await made.run()).toMatchObject({ status: 'running', steps: [{ status: 'intended' }] });
  expect(await made.lock.inspect()).toBeNull();
});

test('an error of the change stays the first when the run’s end cannot be recorded either', async () => {
  const made = await desk();
  const env = { ...made.env, journal: failingAt(made.env.journal, 'run.ended') };
  const operation = settingCounters({
    before: () => {
      throw new SpillwayError('stale-plan', 'it moved');
    },
  });
  const failure = await execute(env, operation, { names: ['a'] }, answering()).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(AggregateError);
  const { errors, message } = failure as AggregateError;
  expect(message).toBe('it moved');
  expect(errors[0]).toMatchObject({ code: 'stale-plan' });
  expect(errors).toHaveLength(2);
  expect(await made.lock.inspect()).toBeNull();
});

test('a change whose end cannot be recorded is reported, though it was made', async () => {
  const made = await desk();
  const env = { ...made.env, journal: failingAt(made.env.journal, 'run.ended') };
  await expect(execute(env, settingCounters(), { names: ['a'] }, answering())).rejects.toThrow(
    'the journal cannot be written',
  );
  expect(made.counters.writes).toEqual(['a=1']);
  expect(await made.lock.inspect()).toBeNull();
});

test('a run that cannot be recorded as resumed is not resumed, and the lock is free again', async () => {
  const made = await desk();
  const operation = settingCounters({
    before: () => {
      throw new SpillwayError('interrupted', 'stopped');
    },
  });
  await expect(execute(made.env, operation, { names: ['a'] }, answering())).rejects.toThrow('stopped');
  const env = { ...made.env, journal: failingAt(made.env.journal, 'run.resumed') };
  await expect(resumeOperation(env, settingCounters(), await made.run(), answering())).rejects.toThrow(
    'the journal cannot be written',
  );
  expect(made.counters.writes).toEqual([]);
  expect(await made.lock.inspect()).toBeNull();
});
