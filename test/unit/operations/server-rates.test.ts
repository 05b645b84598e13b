import { describe, expect, test } from 'vitest';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import { growth, hotTables, secondsBetween } from '../../../src/lib/operations/database/server-rates.ts';
import { averagedSessions } from '../../../src/lib/operations/database/sessions-view.ts';
import { isUnavailable, viewers } from '../../../src/lib/operations/database/view.ts';
import { walRates } from '../../../src/lib/operations/database/wal-rates.ts';
import type { ProcessGroup, TableCounts } from '../../../src/lib/orchestrator/server-views.ts';
import { steppedClock } from '../../operations/context.ts';

function at<Counters>(atEpochSeconds: number, counters: Counters) {
  return { atEpochSeconds, counters };
}

function counts(id: string, inserted: number, updated = 0, hotUpdated = 0): TableCounts {
  return {
    ...{ id, table: `orchestrator.t${id}`, inserted, updated, hotUpdated, deleted: 0 },
    ...{ sequentialScans: 0, sequentialRows: 0, indexScans: 0, deadRows: 7, liveRows: 0 },
  };
}

describe('hot tables', () => {
  test('are those that were written in the window, most first; a new one counts from 0 and a reset one is not guessed', () => {
    const before = at(10, [counts('1', 100, 50, 20), counts('2', 5), counts('3', 900)]);
    const after = at(12, [counts('1', 300, 60, 29), counts('2', 5), counts('3', 10), counts('4', 20)]);
    expect(
      hotTables(before, after, 99).map((one) => [
        one.table,
        one.insertsPerSecond,
        one.updatesPerSecond,
        one.hotShare,
      ]),
    ).toEqual([
      ['orchestrator.t1', 100, 5, 0.9],
      ['orchestrator.t4', 10, 0, null],
    ]);
  });

  test('take the nominal window where a reading had no row to carry the time', () => {
    expect(secondsBetween(at(0, []), at(12, []), 2)).toBe(2);
    expect(secondsBetween(at(10, []), at(12.5, []), 2)).toBe(2.5);
  });
});

test('growth adds heap and TOAST, keeps indexes apart, and never takes an unknown size for growth', () => {
  const size = (id: string, table: string, index: string | null, bytes: number | null) => ({
    ...{ id, table, index, bytes },
  });
  const before = at(10, [
    size('1', 'a', null, 100),
    size('2', 'a', null, 10),
    size('3', 'a', 'a_pkey', 50),
    size('4', 'b', null, null),
  ]);
  const after = at(12, [
    size('1', 'a', null, 300),
    size('2', 'a', null, 10),
    size('3', 'a', 'a_pkey', 60),
    size('4', 'b', null, 900),
    size('5', 'b', 'b_new', 400),
    size('6', 'c', null, null),
  ]);
  const { tables, bytesPerSecond, locked } = growth(before, after, 2);
  expect(bytesPerSecond).toBe(105);
  expect(locked).toEqual(['c']);
  expect(
    tables.map((one) => [one.table, one.bytes, one.bytesPerSecond, one.indexBytes, one.indexBytesPerSecond]),
  ).toEqual([
    ['a', 310, 100, 60, 5],
    ['b', 900, 0, 400, 0],
    ['c', null, 0, 0, 0],
  ]);
});

test('the WAL is measured by its position where its statistics are not to be had', () => {
  expect(walRates([at(1, 1_000), at(3, 5_000)], null, 2)).toEqual({
    bytesPerSecond: 2_000,
    recordsPerSecond: null,
    fullPageImagesPerSecond: null,
    buffersFullPerSecond: null,
    syncsPerSecond: null,
  });
});

describe('sessions', () => {
  const group = (parts: Partial<ProcessGroup>): ProcessGroup => ({
    ...{ backend: 'client backend', application: 'email', here: true, state: 'active' },
    ...{ waitType: null, waitEvent: null, processes: 1, onErrorLog: 0, ...parts },
  });

  test('are averaged over the samples that were taken, over all databases, by program', () => {
    const lock = { waitType: 'Lock', waitEvent: 'tuple' };
    const sample = (processes: number) => ({
      groups: [
        group({ ...lock, processes, onErrorLog: processes }),
        group({ ...lock, here: false, application: 'other' }),
        group({ application: 'sms-1' }),
        group({ application: 'sms-2', state: 'idle' }),
        group({ state: 'idle in transaction', waitType: 'Client', waitEvent: 'ClientRead' }),
        group({ state: null, backend: 'walwriter', waitType: 'IO', waitEvent: 'WALSync' }),
      ],
      hidden: 2,
    });
    const view = averagedSessions([sample(2), { unavailable: 'time-out', suggestion: null }, sample(4)]);
    if (isUnavailable(view)) throw new Error(view.unavailable);
    expect(view).toMatchObject({ samples: 2, active: 5, hidden: 2 });
    expect(view.groups[0]).toMatchObject({ waitEvent: 'tuple', sessions: 4, elsewhere: 1, onErrorLog: 3 });
    expect(view.applications).toMatchObject([
      { application: 'email', active: 3, waiting: 3, idleInTransaction: 1, mostlyOn: 'Lock tuple' },
      { application: 'sms-*', sessions: 2, active: 1, mostlyOn: null },
      { application: 'other', sessions: 1, active: 1, mostlyOn: 'Lock tuple' },
    ]);
    expect(view.background).toEqual([
      { backend: 'walwriter', waitType: 'IO', waitEvent: 'WALSync', processes: 1 },
    ]);
  });

  test('are not known when no sample could be taken', () => {
    expect(averagedSessions([{ unavailable: 'time-out', suggestion: null }])).toEqual({
      unavailable: 'time-out',
      suggestion: null,
    });
  });
});

describe('a look at the server', () => {
  const gone = () => Promise.reject(new SpillwayError('unreachable', 'the connection was lost'));

  test('that never reached it is an error', async () => {
    await expect(viewers(steppedClock())(1_000)(gone)).rejects.toThrow('the connection was lost');
  });

  test('keeps what it saw when the server goes, tries once more, and then asks nothing again', async () => {
    const view = viewers(steppedClock())(60_000);
    expect(await view(async () => 'seen')).toBe('seen');
    expect(await view(gone)).toMatchObject({ unavailable: 'the connection was lost' });
    expect(await view(async () => 'back')).toBe('back');
    await view(gone);
    await view(gone);
    expect(await view(async () => 'too late')).toMatchObject({ unavailable: 'the connection was lost' });
  });

  test('ends at its limit, and a later part has a limit of its own', async () => {
    const clock = steppedClock();
    const within = viewers(clock);
    const first = within(2_000);
    await first(() => clock.sleep(3_000));
    expect(await first(async () => 1)).toMatchObject({ unavailable: expect.stringContaining('slowly') });
    expect(await within(2_000)(async () => 1)).toBe(1);
  });

  test('does not hide a bug', async () => {
    const view = viewers(steppedClock())(1_000);
    await expect(view(() => Promise.reject(new TypeError('a bug')))).rejects.toThrow(TypeError);
  });
});
