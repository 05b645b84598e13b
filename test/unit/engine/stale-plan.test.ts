import { describe, expect, test } from 'vitest';
import { type Basis, drift, type Fact } from '../../../src/lib/core/plan.ts';
import { execute } from '../../../src/lib/engine/execute.ts';
import { type CountersOptions, settingCounters } from './counters.ts';
import { answering, desk, yes } from './desk.ts';

function basis(...facts: readonly (readonly [string, Fact['value'], Fact['tolerance']?])[]): Basis {
  return {
    measuredAt: '2026-01-02T03:04:05.000Z',
    facts: facts.map(([name, value, tolerance = 'exact']) => ({ name, value, tolerance })),
  };
}

describe('what counts as drift', () => {
  const rows: readonly (readonly [Fact['tolerance'], Fact['value'], Fact['value'], boolean])[] = [
    ['exact', 10, 10, false],
    ['exact', 10, 9, true],
    ['exact', 'active', 'stopped', true],
    ['exact', null, null, false],
    ['exact', true, 'true', true],
    ['fewer', 10, 0, false],
    ['fewer', 10, 10, false],
    ['fewer', 10, 11, true],
    ['fewer', 10, null, true],
    [0.1, 1_000, 900, false],
    [0.1, 1_000, 1_100, false],
    [0.1, 1_000, 899, true],
    [0.1, 1_000, 1_101, true],
    [0.1, 0, 1, true],
    [0.1, 1_000, 'many', true],
  ];
  test.each(rows)('with tolerance %s, %s that becomes %s: %s', (tolerance, before, now, moved) => {
    const sentences = drift(basis(['waiting', before, tolerance]), basis(['waiting', now, tolerance]));
    expect(sentences).toEqual(moved ? [`waiting was ${String(before)} and is ${String(now)}`] : []);
  });

  test('a fact that is gone and a fact that is new both count, whatever their tolerance', () => {
    const sentences = drift(basis(['a', 1, 'fewer']), basis(['b', 2, 'fewer']));
    expect(sentences).toEqual(['a was 1 and is no longer there', 'b is new: 2']);
  });
});

const ways: readonly (readonly [string, (value: () => number) => CountersOptions])[] = [
  ['planned again', () => ({})],
  ['measured', (value) => ({ measure: () => [{ name: 'a', value: value(), tolerance: 'exact' }] })],
];
describe.each(ways)('when the plan is compared with what is %s', (_, options) => {
  test('a target that moved while the plan was read is refused under the lock; nothing was written', async () => {
    const { env, counters, lock, run } = await desk();
    const operation = settingCounters(options(() => counters.get('a')));
    const ask = async () => {
      counters.values.set('a', 3);
      return yes;
    };
    await expect(execute(env, operation, { names: ['a'] }, { ...answering(), ask })).rejects.toMatchObject({
      code: 'stale-plan',
      exitCode: 5,
      message: expect.stringContaining('a was 0 and is 3'),
      details: { moved: ['a was 0 and is 3'] },
    });
    expect(counters.writes).toEqual([]);
    expect(await lock.inspect()).toBeNull();
    expect(await run()).toMatchObject({ status: 'failed', steps: [] });
  });

  test('a target that did not move is changed', async () => {
    const { env, counters } = await desk();
    const operation = settingCounters(options(() => counters.get('a')));
    expect(await execute(env, operation, { names: ['a'] }, answering())).toMatchObject({ status: 'done' });
    expect(counters.writes).toEqual(['a=1']);
  });
});

test('the comparison is made while the lock is held', async () => {
  const { env, lock } = await desk();
  const holders: unknown[] = [];
  const operation = settingCounters();
  const watching = {
    ...operation,
    plan: async (...args: Parameters<typeof operation.plan>) => {
      holders.push((await lock.inspect())?.runId ?? null);
      return operation.plan(...args);
    },
  };
  await execute(env, watching, { names: ['a'] }, answering());
  expect(holders).toEqual([null, 'run-1']);
});
