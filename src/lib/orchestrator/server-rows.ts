import type { Row } from '../backends/postgres/contract.ts';
import type { Statement } from '../backends/postgres/statement.ts';
import { SpillwayError } from '../core/errors.ts';
import { numberOf } from './row-values.ts';
import type { CounterReading } from './server-views.ts';

/** Takes one view in one short transaction. */
export type Look = (statement: Statement, values?: readonly unknown[]) => Promise<Row[]>;

/** Reads the only row of a view that has one. Throws SpillwayError `failed` where it has none. */
export function onlyRow(look: Look): (statement: Statement) => Promise<Row> {
  return async (statement) => {
    const [row] = await look(statement);
    if (row === undefined) throw new SpillwayError('failed', 'the view of the server is empty');
    return row;
  };
}

/** Rows that all carry the server's time. */
export function readingOf<Counters>(
  rows: readonly Row[],
  take: (row: Row) => Counters,
): CounterReading<readonly Counters[]> {
  return { atEpochSeconds: numberOf(rows[0]?.at ?? 0), counters: rows.map(take) };
}
