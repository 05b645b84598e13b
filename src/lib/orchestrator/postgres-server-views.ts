import type { PostgresReader, Row } from '../backends/postgres/contract.ts';
import {
  selectActivity,
  selectDatabaseCounts,
  selectOpenTransactions,
  selectServerFacts,
} from '../backends/postgres/sql/server-activity.ts';
import {
  selectRelationSizes,
  selectTableCounts,
  selectVacuumDebts,
  selectVacuumSettings,
  selectVacuumWorkers,
} from '../backends/postgres/sql/server-tables.ts';
import type { TableNames } from '../backends/postgres/sql/tables.ts';
import type { Statement } from '../backends/postgres/statement.ts';
import { walViews } from './postgres-wal-views.ts';
import { numberOf, numberOrNull, textOf, textOrNull } from './row-values.ts';
import { onlyRow, readingOf } from './server-rows.ts';
import type { ServerFacts, ServerViews } from './server-views.ts';

/** Limit for one view: a server on its knees is not asked to work long for being looked at. */
export const viewLimitMs = 1_000;

/** The server's views through a reading handle; see ServerViews. Connects on first use. */
export function postgresServerViews(handle: PostgresReader, names: TableNames): ServerViews {
  const look = (statement: Statement, values: readonly unknown[] = []) =>
    handle.snapshot((query) => query(statement, values), { statementTimeoutMs: viewLimitMs });

  const one = onlyRow(look);

  async function server(): Promise<ServerFacts> {
    const row = await one(selectServerFacts);
    return {
      version: textOf(row.version),
      versionNumber: numberOf(row.version_number),
      standby: row.standby === true,
      timesIo: row.times_io === true,
      upSeconds: numberOrNull(row.up_seconds),
    };
  }

  return {
    ...walViews(look, async () => (await server()).standby),
    server,
    async activity() {
      const rows = await look(selectActivity, [names.errorLog, names.errorTotals]);
      const hidden = rows.filter((row) => row.state === 'hidden');
      const groups = rows.filter((row) => row.state !== 'hidden').map(groupOf);
      return { groups, hidden: hidden.reduce((sum, row) => sum + numberOf(row.processes), 0) };
    },
    async tableCounts() {
      return readingOf(await look(selectTableCounts), (row) => ({
        id: textOf(row.id),
        table: textOf(row.table),
        inserted: numberOf(row.inserted),
        updated: numberOf(row.updated),
        hotUpdated: numberOf(row.hot_updated),
        deleted: numberOf(row.deleted),
        sequentialScans: numberOf(row.sequential_scans),
        sequentialRows: numberOf(row.sequential_rows),
        indexScans: numberOf(row.index_scans),
        deadRows: numberOf(row.dead_rows),
        liveRows: numberOf(row.live_rows),
      }));
    },
    async relationSizes() {
      return readingOf(await look(selectRelationSizes), (row) => ({
        id: textOf(row.id),
        table: textOf(row.table),
        index: textOrNull(row.index),
        bytes: numberOrNull(row.bytes),
      }));
    },
    async databaseCounts() {
      const row = await one(selectDatabaseCounts);
      return {
        atEpochSeconds: numberOf(row.at),
        counters: {
          commits: numberOf(row.commits),
          rollbacks: numberOf(row.rollbacks),
          blocksRead: numberOf(row.blocks_read),
          blocksHit: numberOf(row.blocks_hit),
          rowsInserted: numberOf(row.rows_inserted),
          rowsUpdated: numberOf(row.rows_updated),
          rowsDeleted: numberOf(row.rows_deleted),
          temporaryBytes: numberOf(row.temporary_bytes),
          deadlocks: numberOf(row.deadlocks),
          recoveryConflicts: numberOf(row.recovery_conflicts),
        },
      };
    },
    async vacuum() {
      const settings = await one(selectVacuumSettings);
      const workers = await look(selectVacuumWorkers);
      const debts = await look(selectVacuumDebts);
      return {
        on: settings.on === true,
        mostWorkers: numberOf(settings.most_workers),
        frozenAge: numberOf(settings.frozen_age),
        forcedAtAge: numberOf(settings.forced_at_age),
        workers: workers.map((row) => ({
          pid: numberOf(row.pid),
          table: textOrNull(row.table),
          phase: textOf(row.phase),
          scanned: numberOrNull(row.scanned),
        })),
        debts: debts.map((row) => ({
          table: textOf(row.table),
          deadRows: numberOf(row.dead_rows),
          threshold: numberOf(row.threshold),
          disabled: row.disabled === true,
          secondsSinceVacuum: numberOrNull(row.seconds_since_vacuum),
        })),
      };
    },
    async openTransactions() {
      const rows = await look(selectOpenTransactions);
      return rows.map((row) => ({
        pid: numberOf(row.pid),
        user: textOrNull(row.user),
        application: textOrNull(row.application),
        state: textOrNull(row.state),
        seconds: numberOf(row.seconds),
        statement: textOrNull(row.statement),
      }));
    },
  };
}

function groupOf(row: Row) {
  return {
    backend: textOf(row.backend),
    application: textOf(row.application),
    here: row.here === true,
    state: textOrNull(row.state),
    waitType: textOrNull(row.wait_type),
    waitEvent: textOrNull(row.wait_event),
    processes: numberOf(row.processes),
    onErrorLog: numberOf(row.on_error_log),
  };
}
