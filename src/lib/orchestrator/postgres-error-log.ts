import type { PostgresReader, Query, ReadOptions, Row } from '../backends/postgres/contract.ts';
import {
  groupColumn,
  selectBuffersRead,
  selectErrorLogCounters,
  selectHeapBlocks,
  selectNewestKey,
  selectTailAccess,
  selectTailByBlock,
  selectTailByKey,
  tailParts,
} from '../backends/postgres/sql/error-log.ts';
import { quotedTables, type TableNames } from '../backends/postgres/sql/tables.ts';
import { identifier } from '../backends/postgres/statement.ts';
import { SpillwayError } from '../core/errors.ts';
import type { ErrorLogCounters, TableCounters, TailReading, TailRequest } from './error-log.ts';

/** Limit for one reading of the log: rather no answer than one that makes it worse. */
export const readLimitMs = 2_000;

/** Entries of a btree leaf page of an 8-byte key, at the usual 90 % fill. */
const keysPerIndexPage = 366;

/** See OrchestratorReader.errorLogCounters. */
export async function readErrorLogCounters(
  handle: PostgresReader,
  names: TableNames,
): Promise<ErrorLogCounters> {
  const tables = quotedTables(names);
  const rows = await handle.query(selectErrorLogCounters, [tables.errorLog.text, tables.errorTotals.text]);
  const counters = (position: number, table: string): TableCounters => {
    const row = rows.find((one) => one.position === position);
    if (row?.found !== true) throw unmapped(names, table);
    return {
      table: `${names.schema}.${table}`,
      inserted: Number(row.inserted),
      updated: Number(row.updated),
      deleted: Number(row.deleted),
    };
  };
  return {
    atEpochSeconds: Number(rows[0]?.at),
    errorLog: counters(1, names.errorLog),
    errorTotals: counters(2, names.errorTotals),
  };
}

/** How the log can be read; asked for once, and again when the answer is a minute old. */
export type LogAccess = () => Promise<Row>;

/** Remembers the answer: several readings of one diagnosis need it. */
export function logAccess(handle: PostgresReader, names: TableNames): LogAccess {
  let known: { readonly row: Row; readonly atMs: number } | null = null;
  return async () => {
    if (known !== null && performance.now() - known.atMs < 60_000) return known.row;
    const [row] = await handle.query(selectTailAccess, [quotedTables(names).errorLog.text]);
    if (row === undefined) throw unmapped(names, names.errorLog);
    known = { row, atMs: performance.now() };
    return row;
  };
}

/** See OrchestratorReader.errorLogTail. By key where the log has one that only grows; else the last pages of the heap. */
export async function readErrorLogTail(
  handle: PostgresReader,
  names: TableNames,
  logAccess: LogAccess,
  request: TailRequest,
): Promise<TailReading> {
  const access = await logAccess();
  return typeof access.key === 'string'
    ? readByKey(handle, names, { ...access, key: access.key }, request)
    : readByBlock(handle, names, access, request);
}

async function readByKey(
  handle: PostgresReader,
  names: TableNames,
  access: Row & { readonly key: string },
  request: TailRequest,
): Promise<TailReading> {
  const tables = quotedTables(names);
  const key = identifier(access.key);
  const [newest] = await handle.query(selectNewestKey(tables, key));
  const last = typeof newest?.key === 'string' ? BigInt(newest.key) : null;
  const seen = request.after?.key ?? null;
  const facts = { method: 'key-desc', key: access.key } as const;
  if (last === null || (seen !== null && last <= BigInt(seen)))
    return { ...facts, ...nothing, cursor: { key: seen ?? newest?.key?.toString() ?? null, block: null } };
  // Keys are bounded instead of rows: a bitmap then visits each page once. A key may have gaps; then fewer rows are read.
  const bound = last - BigInt(request.limitRows);
  const from = seen !== null && BigInt(seen) > bound ? BigInt(seen) : bound;
  const statement = selectTailByKey(tables, key, groupColumn(request.by), access.partitioned === true);
  const values = [request.freshSinceEpochSeconds, request.recentSinceEpochSeconds, from.toString()];
  const { result: rows, buffers } = await counting(handle, access, (query) => query(statement, values), {
    statementTimeoutMs: readLimitMs,
    visits: 'pages',
  });
  const all = rows.find((row) => row.part === tailParts.all);
  return readingOf(rows, {
    ...facts,
    // The descents of the newest key are the same again for the server, and not seen by its counters of this transaction.
    buffers: buffers === null ? null : buffers + 3,
    indexPages: Math.ceil(Number(all?.rows) / keysPerIndexPage) + 2,
    limited: seen === null || BigInt(seen) < bound,
    cursor: { key: typeof all?.last_key === 'string' ? all.last_key : last.toString(), block: null },
  });
}

async function readByBlock(
  handle: PostgresReader,
  names: TableNames,
  access: Row,
  request: TailRequest,
): Promise<TailReading> {
  refuseScan(names, access);
  const tables = quotedTables(names);
  const [size] = await handle.query(selectHeapBlocks, [tables.errorLog.text]);
  const blocks = Number(size?.blocks);
  const bound = Math.max(0, blocks - request.limitPages);
  // Again from before the last page of the former reading: pages that several writers fill at once were half full.
  const seen = Math.max(0, (request.after?.block ?? 0) - 16);
  const statement = selectTailByBlock(tables, Math.max(bound, seen), groupColumn(request.by));
  const values = [request.freshSinceEpochSeconds, request.recentSinceEpochSeconds];
  const { result: rows, buffers } = await counting(handle, access, (query) => query(statement, values), {
    statementTimeoutMs: readLimitMs,
  });
  return readingOf(rows, {
    method: 'heap-tail',
    key: null,
    buffers,
    indexPages: 0,
    limited: bound > seen,
    cursor: { key: null, block: Math.max(0, blocks - 1) },
  });
}

/** Runs `work` in a snapshot and asks the server what it read of the log meanwhile; null where the server does not count that. */
export async function counting<Result>(
  handle: PostgresReader,
  access: { readonly [column: string]: unknown },
  work: (query: Query) => Promise<Result>,
  options: ReadOptions,
): Promise<{ result: Result; buffers: number | null }> {
  return handle.snapshot(async (query) => {
    if (access.counts_buffers !== true) return { result: await work(query), buffers: null };
    const readSoFar = async () => {
      const [row] = await query(selectBuffersRead, [access.relations]);
      return Number(row?.buffers);
    };
    // The first question and the work go out together; the server answers in their order.
    const [before, result] = await Promise.all([readSoFar(), work(query)]);
    return { result, buffers: (await readSoFar()) - before };
  }, options);
}

const nothing = { counts: [], codes: [], limited: false, buffers: 3, buffersCounted: true } as const;

interface ReadingFacts extends Pick<TailReading, 'method' | 'key' | 'limited' | 'cursor'> {
  readonly buffers: number | null;
  readonly indexPages: number;
}

function readingOf(rows: readonly Row[], { buffers, indexPages, ...facts }: ReadingFacts): TailReading {
  const counts = rows
    .filter((row) => row.part === tailParts.pageAndGroup)
    .map((row) => ({
      page: String(row.page),
      group: row.grp === null ? null : String(row.grp),
      rows: Number(row.rows),
      recent: Number(row.recent),
      fresh: Number(row.fresh),
    }));
  return {
    ...facts,
    counts,
    codes: rows
      .filter((row) => row.part === tailParts.code)
      .map((row) => ({
        code: row.code === null ? null : String(row.code),
        recent: Number(row.recent),
        fresh: Number(row.fresh),
      })),
    buffers: buffers ?? new Set(counts.map((one) => one.page)).size + indexPages,
    buffersCounted: buffers !== null,
  };
}

/** Without a key only TID ranges are cheap; where these do not exist, nothing is read rather than everything. */
function refuseScan(names: TableNames, access: Row): void {
  const table = `${names.schema}.${names.errorLog}`;
  const suggestions = [`create index concurrently on ${table} (<an identity column>);`];
  if (access.partitioned === true) {
    throw new SpillwayError(
      'failed',
      `${table} is partitioned and has no index on a column that only grows, so its newest rows cannot be found cheaply.`,
      { suggestions },
    );
  }
  if (Number(access.version_number) < 140_000) {
    throw new SpillwayError(
      'failed',
      `${table} has no index on a column that only grows, and this server (before PostgreSQL 14) cannot read the end of a table without reading all of it.`,
      { suggestions },
    );
  }
}

/** The mapped table is not there. */
export function unmapped(names: TableNames, table: string): SpillwayError {
  return new SpillwayError('usage', `there is no table ${names.schema}.${table} in this database.`, {
    suggestions: ['check `orchestrator.schema` and the table names of the target in spillway.yaml'],
  });
}
