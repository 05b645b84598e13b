import type { PostgresReader } from '../backends/postgres/contract.ts';
import {
  selectBlocking,
  selectConnections,
  selectSessions,
  selectWaitingLocks,
} from '../backends/postgres/sql/sessions.ts';
import {
  selectStatementCounters,
  selectStatementTexts,
  selectStatisticsExtension,
} from '../backends/postgres/sql/statement-statistics.ts';
import type { TableNames } from '../backends/postgres/sql/tables.ts';
import type { Statement } from '../backends/postgres/statement.ts';
import { SpillwayError } from '../core/errors.ts';
import type {
  BlockingSession,
  DatabaseReader,
  SessionGroup,
  StatementCounters,
  WaitingLocks,
} from './database.ts';
import { postgresServerViews, viewLimitMs } from './postgres-server-views.ts';

/** Loading the texts of pg_stat_statements may mean reading hundreds of megabytes. */
const textLimitMs = 2_000;

/** The server's own views through a reading handle; see DatabaseReader. Connects on first use. */
export function postgresDatabaseReader(handle: PostgresReader, names: TableNames): DatabaseReader {
  const look = (statement: Statement, values: readonly unknown[] = []) =>
    handle.snapshot((query) => query(statement, values), { statementTimeoutMs: viewLimitMs });
  let extension: Promise<{ schema: string; execTime: boolean }> | null = null;

  async function findExtension() {
    const [row] = await look(selectStatisticsExtension);
    if (row === undefined) {
      throw new SpillwayError(
        'failed',
        `the extension pg_stat_statements is not installed in database ${handle.address.database}, so statements cannot be told apart.`,
        {
          suggestions: [
            'create extension pg_stat_statements;   # needs shared_preload_libraries and a restart: not in an incident',
          ],
        },
      );
    }
    return { schema: String(row.schema), execTime: row.exec_time === true };
  }

  /** Looked up once; a failure is not remembered. */
  async function statistics() {
    extension ??= findExtension();
    try {
      return await extension;
    } catch (error) {
      extension = null;
      throw error;
    }
  }

  return {
    ...postgresServerViews(handle, names),
    async sessions() {
      type SessionRow = {
        state: string;
        wait_type: string | null;
        wait_event: string | null;
        sessions: number;
        on_error_log: number;
      };
      const rows = await handle.snapshot(
        (query) => query<SessionRow>(selectSessions, [names.errorLog, names.errorTotals]),
        { statementTimeoutMs: viewLimitMs },
      );
      const groups = rows
        .filter((row) => row.state !== 'hidden')
        .map(
          (row): SessionGroup => ({
            state: row.state,
            waitType: row.wait_type,
            waitEvent: row.wait_event,
            sessions: row.sessions,
            onErrorLog: row.on_error_log,
          }),
        );
      const hidden = rows.filter((row) => row.state === 'hidden').reduce((sum, row) => sum + row.sessions, 0);
      return { groups, hidden };
    },
    async blocking() {
      const rows = await look(selectBlocking);
      return rows.map(
        (row): BlockingSession => ({
          pid: Number(row.pid),
          blockedBy: row.blocked_by as number[],
          user: row.user as string | null,
          application: row.application as string | null,
          state: row.state as string | null,
          waitType: row.wait_type as string | null,
          waitEvent: row.wait_event as string | null,
          waitsFor: row.waits_for as string | null,
          transactionSeconds: row.transaction_seconds as number | null,
          statementSeconds: row.statement_seconds as number | null,
          statement: row.statement as string | null,
        }),
      );
    },
    async statementCounters() {
      const { schema, execTime } = await statistics();
      const rows = await look(selectStatementCounters(schema, execTime));
      const shown = rows.filter((row) => row.id !== null);
      const statements = shown.map(
        (row): StatementCounters => ({
          id: String(row.id),
          calls: Number(row.calls),
          totalMs: Number(row.total_ms),
          rows: Number(row.rows),
        }),
      );
      // Without any statement there is no row to carry the server's time; nothing can be divided by it then.
      const hidden = rows.filter((row) => row.id === null).reduce((sum, row) => sum + Number(row.entries), 0);
      return { atEpochSeconds: Number(rows[0]?.at ?? 0), statements, hidden };
    },
    async statementTexts(ids) {
      if (ids.length === 0) return new Map<string, string>();
      const { schema } = await statistics();
      const rows = await handle.snapshot((query) => query(selectStatementTexts(schema), [ids]), {
        statementTimeoutMs: textLimitMs,
      });
      return new Map(rows.map((row) => [String(row.id), String(row.text)]));
    },
    async waitingLocks() {
      const rows = await look(selectWaitingLocks);
      return rows.map(
        (row): WaitingLocks => ({
          relation: row.relation as string | null,
          kind: String(row.kind),
          mode: String(row.mode),
          sessions: Number(row.sessions),
          longestSeconds: row.longest_seconds as number | null,
        }),
      );
    },
    async connections() {
      const [row] = await look(selectConnections);
      return { used: Number(row?.used), most: Number(row?.most), reserved: Number(row?.reserved) };
    },
  };
}
