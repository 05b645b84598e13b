import { describe, expect, test } from 'vitest';
import { type BlockingNode, blockingTree } from '../../../src/lib/operations/database/blocking-tree.ts';
import {
  mentions,
  statementDeltas,
  writesTo,
} from '../../../src/lib/operations/database/statement-deltas.ts';
import type { BlockingSession } from '../../../src/lib/orchestrator/database.ts';

function waits(pid: number, ...blockedBy: number[]): BlockingSession {
  return {
    pid,
    blockedBy,
    user: 'u',
    application: null,
    state: 'active',
    waitType: blockedBy.length > 0 ? 'Lock' : null,
    waitEvent: null,
    waitsFor: null,
    transactionSeconds: 1,
    statementSeconds: 1,
    statement: null,
  };
}

type Shape = readonly [pid: number, blocks: number, waiting: readonly Shape[]];
function shape({ session, blocks, waiting }: BlockingNode): Shape {
  return [session.pid, blocks, waiting.map(shape)];
}

describe('the blocking tree', () => {
  test('puts the root that blocks most first, counts what waits through others, and places everybody once', () => {
    const tree = blockingTree([waits(1), waits(2), waits(3, 1), waits(4, 1, 2), waits(5, 3, 4), waits(6, 2)]);
    expect(tree.waiting).toBe(4);
    expect(tree.roots.map(shape)).toEqual([
      [
        1,
        3,
        [
          [3, 1, [[5, 0, []]]],
          [4, 1, []],
        ],
      ],
      [2, 3, [[6, 0, []]]],
    ]);
  });

  test('shows a ring of waits, and a blocker that is not a session', () => {
    expect(blockingTree([waits(1, 2), waits(2, 1)]).roots.map(shape)).toEqual([[1, 1, [[2, 1, []]]]]);
    const prepared = blockingTree([waits(8, 0)]);
    expect(prepared.roots.map(shape)).toEqual([[0, 1, [[8, 0, []]]]]);
    expect(prepared.roots[0]?.session.state).toBe('prepared transaction');
  });

  test('is empty when nobody waits', () => {
    expect(blockingTree([])).toEqual({ roots: [], waiting: 0 });
  });
});

describe('statement deltas', () => {
  const reading = (...rows: [id: string, calls: number, totalMs: number][]) => ({
    atEpochSeconds: 1,
    statements: rows.map(([id, calls, totalMs]) => ({ id, calls, totalMs, rows: 0 })),
    hidden: 0,
  });

  test('take what came in between, leave out what did not run, and start anew after a reset', () => {
    const before = reading(['old', 100, 1_000], ['idle', 5, 5], ['reset', 1_000, 9_000]);
    const after = reading(['old', 110, 1_050], ['idle', 5, 5], ['reset', 4, 8], ['new', 2, 60]);
    expect(statementDeltas(before, after)).toEqual([
      { id: 'new', calls: 2, totalMs: 60, meanMs: 30, meanBeforeMs: null },
      { id: 'old', calls: 10, totalMs: 50, meanMs: 5, meanBeforeMs: 10 },
      { id: 'reset', calls: 4, totalMs: 8, meanMs: 2, meanBeforeMs: 9 },
    ]);
  });

  test('recognise every statement that names a table, and no other', () => {
    const totals = mentions('orchestrator.error_totals');
    expect(totals.test('select errors from orchestrator.error_totals where id = $1 for update')).toBe(true);
    expect(totals.test('update "error_totals" set errors = errors + 1')).toBe(true);
    expect(totals.test('select * from orchestrator.error_totals_2023')).toBe(false);
    expect(totals.test('select * from my_error_totals')).toBe(false);
  });

  test('recognise the writes to a table, however they are written', () => {
    const log = writesTo('orchestrator.error_log');
    for (const text of [
      'INSERT INTO error_log (a) values ($1)',
      'with x as (select 1) insert into "orchestrator"."error_log" select * from x',
      'update only orchestrator.error_log set a = $1',
    ])
      expect(log.test(text), text).toBe(true);
    for (const text of [
      'select * from error_log',
      'insert into orchestrator.error_log_old values ($1)',
      'insert into orchestrator.my_error_log values ($1)',
      'insert into error_totals select * from error_log',
    ])
      expect(log.test(text), text).toBe(false);
  });
});
