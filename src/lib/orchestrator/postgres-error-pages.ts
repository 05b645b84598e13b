import type { PostgresReader, Row } from '../backends/postgres/contract.ts';
import { groupColumn } from '../backends/postgres/sql/error-log.ts';
import {
  selectExactCounts,
  selectLogLeaves,
  selectPageCounts,
  selectPageTimes,
} from '../backends/postgres/sql/error-log-pages.ts';
import { quotedTables, type TableNames } from '../backends/postgres/sql/tables.ts';
import type { ErrorColumn, ErrorLogLayout, ErrorLogPages, PagesRead } from './error-log.ts';
import { counting, type LogAccess, readLimitMs, unmapped } from './postgres-error-log.ts';

const columnNames: Readonly<Record<ErrorColumn, string>> = {
  conversation: 'conversation_id',
  activation: 'activation_id',
  code: 'code',
  channel: 'channel',
};
const errorColumns: readonly ErrorColumn[] = ['conversation', 'activation', 'code', 'channel'];

/** See OrchestratorReader.errorLogLayout. */
export async function readErrorLogLayout(handle: PostgresReader, names: TableNames): Promise<ErrorLogLayout> {
  const rows = await handle.query(selectLogLeaves, [quotedTables(names).errorLog.text]);
  const [first] = rows;
  if (first === undefined) throw unmapped(names, names.errorLog);
  const leads = (row: Row, column: ErrorColumn) =>
    Array.isArray(row.indexed) && row.indexed.includes(columnNames[column]);
  return {
    atEpochSeconds: Number(first.at),
    standby: first.standby === true,
    leaves: rows.map((row) => ({
      id: String(row.id),
      schema: String(row.schema),
      name: String(row.name),
      file: String(row.file),
      blocks: Number(row.blocks),
      inserted: Number(row.inserted),
    })),
    leavesLeftOut: Number(first.leaves) - rows.length,
    indexed: errorColumns.filter((column) => rows.every((row) => leads(row, column))),
    pagesReadable: Number(first.version_number) >= 140_000,
  };
}

/** As selectPageTimes and selectPageCounts give them. */
type TimesAnswer = readonly [rows: number, oldest: number | null, newest: number | null];
type CountsAnswer = readonly (readonly [group: string | null, rows: number])[];

/** See OrchestratorReader.errorLogPages. */
export async function readErrorLogPages<Result>(
  handle: PostgresReader,
  access: LogAccess,
  work: (pages: ErrorLogPages) => Promise<Result>,
): Promise<PagesRead<Result>> {
  return counting(
    handle,
    await access(),
    (query) =>
      work({
        async times(leaf, blocks) {
          if (blocks.length === 0) return [];
          const rows = await query(selectPageTimes(leaf), [blocks]);
          const byBlock = new Map(rows.map((row) => [Number(row.block), row.answer as TimesAnswer]));
          return blocks.map((block) => {
            const [count, oldest, newest] = byBlock.get(block) ?? [0, null, null];
            return { block, rows: count, oldest, newest };
          });
        },
        async counts(leaf, blocks, by, sinceEpochSeconds) {
          if (blocks.length === 0) return [];
          const rows = await query(selectPageCounts(leaf, groupColumn(by)), [blocks, sinceEpochSeconds]);
          return rows.flatMap(({ block, answer }) =>
            ((answer ?? []) as CountsAnswer).map(([group, count]) => ({
              page: `${leaf.id}/${Number(block)}`,
              group,
              rows: count,
            })),
          );
        },
      }),
    { statementTimeoutMs: readLimitMs, visits: 'pages' },
  );
}

/** See OrchestratorReader.errorLogExact. */
export async function readErrorLogExact(
  handle: PostgresReader,
  names: TableNames,
  access: LogAccess,
  request: {
    readonly by: ErrorColumn;
    readonly groups: readonly string[];
    readonly sinceEpochSeconds: number;
  },
): Promise<PagesRead<ReadonlyMap<string, number>>> {
  const { errorLog } = quotedTables(names);
  const type = request.by === 'conversation' || request.by === 'activation' ? 'integer' : 'text';
  const statement = selectExactCounts(errorLog, groupColumn(request.by), type);
  const read = await counting(
    handle,
    await access(),
    (query) => query(statement, [request.groups, request.sinceEpochSeconds]),
    {},
  );
  const counts = new Map(read.result.map((row) => [String(row.grp), Number(row.rows)]));
  return { result: counts, buffers: read.buffers };
}
