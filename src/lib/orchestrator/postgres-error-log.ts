import type { PostgresReader, Row } from '../backends/postgres/contract.ts';
import {
  selectErrorLogCounters,
  selectHeapBlocks,
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
const readLimitMs = 2_000;

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

/** See OrchestratorReader.errorLogTail. By key where the log has one that only grows; else the last pages of the heap. */
export async function readErrorLogTail(
  handle: PostgresReader,
  names: TableNames,
  request: TailRequest,
): Promise<TailReading> {
  const tables = quotedTables(names);
  const [access] = await handle.query(selectTailAccess, [tables.errorLog.text]);
  if (access === undefined) throw unmapped(names, names.errorLog);
  const since = [request.freshSinceEpochSeconds, request.recentSinceEpochSeconds];
  if (typeof access.key === 'string') {
    const byKey = selectTailByKey(tables, identifier(access.key), access.partitioned === true);
    const values = [...since, request.after?.key ?? null, request.limitRows];
    const rows = await handle.snapshot((query) => query(byKey, values), { statementTimeoutMs: readLimitMs });
    const all = rows.find((row) => row.part === tailParts.all);
    const indexPages = Number(all?.rows) === 0 ? 1 : Math.ceil(Number(all?.rows) / keysPerIndexPage) + 2;
    const key = typeof all?.last_key === 'string' ? all.last_key : (request.after?.key ?? null);
    return readingOf(rows, { method: 'key-desc', key: access.key, indexPages, cursor: { key, block: null } });
  }
  refuseScan(names, access);
  const [size] = await handle.query(selectHeapBlocks, [tables.errorLog.text]);
  const blocks = Number(size?.blocks);
  // Again from the last page of the former reading: it may have been half full.
  const first = Math.max(0, blocks - request.limitPages, request.after?.block ?? 0);
  const values = since;
  const rows = await handle.snapshot((query) => query(selectTailByBlock(tables, first), values), {
    statementTimeoutMs: readLimitMs,
  });
  const cursor = { key: null, block: Math.max(0, blocks - 1) };
  return readingOf(rows, { method: 'heap-tail', key: null, indexPages: 0, cursor });
}

type ReadingFacts = Pick<TailReading, 'method' | 'key' | 'indexPages' | 'cursor'>;

function readingOf(rows: readonly Row[], facts: ReadingFacts): TailReading {
  const all = rows.find((row) => row.part === tailParts.all);
  return {
    ...facts,
    counts: rows
      .filter((row) => row.part === tailParts.pageAndConversation)
      .map((row) => ({
        page: String(row.page),
        conversationId: row.conversation_id === null ? null : Number(row.conversation_id),
        rows: Number(row.rows),
        recent: Number(row.recent),
        fresh: Number(row.fresh),
      })),
    codes: rows
      .filter((row) => row.part === tailParts.code)
      .map((row) => ({
        code: row.code === null ? null : String(row.code),
        recent: Number(row.recent),
        fresh: Number(row.fresh),
      })),
    newestEpochSeconds: typeof all?.newest === 'number' ? all.newest : null,
    oldestEpochSeconds: typeof all?.oldest === 'number' ? all.oldest : null,
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

function unmapped(names: TableNames, table: string): SpillwayError {
  return new SpillwayError('usage', `there is no table ${names.schema}.${table} in this database.`, {
    suggestions: ['check `orchestrator.schema` and the table names of the target in spillway.yaml'],
  });
}
