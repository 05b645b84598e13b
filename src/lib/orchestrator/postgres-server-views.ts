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
import {
  selectArchiver,
  selectCheckpointCounts,
  selectGate,
  selectIoCounts,
  selectReplicas,
  selectSlots,
  selectStandbyLag,
  selectWalCounts,
  selectWalFiles,
  selectWalPosition,
} from '../backends/postgres/sql/server-wal.ts';
import type { TableNames } from '../backends/postgres/sql/tables.ts';
import type { Statement } from '../backends/postgres/statement.ts';
import { SpillwayError } from '../core/errors.ts';
import { numberOf, numberOrNull, textOf, textOrNull } from './row-values.ts';
import type { CounterReading, ServerFacts, ServerViews } from './server-views.ts';

/** Limit for one view: a server on its knees is not asked to work long for being looked at. */
export const viewLimitMs = 1_000;

/** pg_stat_io exists since then. */
const ioSince = 160_000;

/** The server's views through a reading handle; see ServerViews. Connects on first use. */
export function postgresServerViews(handle: PostgresReader, names: TableNames): ServerViews {
  const look = (statement: Statement, values: readonly unknown[] = []) =>
    handle.snapshot((query) => query(statement, values), { statementTimeoutMs: viewLimitMs });

  /** The only row of a view that has one. */
  async function one(statement: Statement): Promise<Row> {
    const [row] = await look(statement);
    if (row === undefined) throw new SpillwayError('failed', 'the view of the server is empty');
    return row;
  }

  let gate: { version: string; versionNumber: number; maySeeCheckpoint: boolean } | null = null;

  /** What the statements are chosen by: none of it changes while a server runs. */
  async function gated() {
    if (gate === null) {
      const row = await one(selectGate);
      gate = {
        version: textOf(row.version),
        versionNumber: numberOf(row.version_number),
        maySeeCheckpoint: row.may_see_checkpoint === true,
      };
    }
    return gate;
  }

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
    async walPosition() {
      const row = await one(selectWalPosition);
      return { atEpochSeconds: numberOf(row.at), counters: numberOf(row.position) };
    },
    async walCounts() {
      const row = await one(selectWalCounts((await gated()).versionNumber));
      return {
        atEpochSeconds: numberOf(row.at),
        counters: {
          records: numberOf(row.records),
          fullPageImages: numberOf(row.full_page_images),
          bytes: numberOf(row.bytes),
          buffersFull: numberOf(row.buffers_full),
          writes: numberOrNull(row.writes),
          syncs: numberOrNull(row.syncs),
        },
      };
    },
    async walFiles() {
      const row = await one(selectWalFiles);
      return {
        files: numberOf(row.files),
        bytes: numberOf(row.bytes),
        softLimitBytes: numberOf(row.soft_limit),
      };
    },
    async archiver() {
      const row = await one(selectArchiver);
      return {
        on: row.on === true,
        failed: numberOf(row.failed),
        secondsSinceFailure: numberOrNull(row.since_failure),
        secondsSinceArchived: numberOrNull(row.since_archived),
      };
    },
    async checkpointCounts() {
      const { versionNumber, maySeeCheckpoint } = await gated();
      const row = await one(selectCheckpointCounts(versionNumber, maySeeCheckpoint));
      return {
        atEpochSeconds: numberOf(row.at),
        counters: {
          timed: numberOf(row.timed),
          requested: numberOf(row.requested),
          writeMs: numberOf(row.write_ms),
          syncMs: numberOf(row.sync_ms),
          buffersWritten: numberOf(row.buffers_written),
          buffersBySessions: numberOrNull(row.buffers_by_sessions),
          secondsSinceLast: numberOrNull(row.since_last),
        },
      };
    },
    async ioCounts() {
      const { version, versionNumber } = await gated();
      if (versionNumber < ioSince)
        throw new SpillwayError(
          'failed',
          `PostgreSQL ${version} does not count its I/O by process: pg_stat_io comes with 16`,
        );
      return readingOf(await look(selectIoCounts(versionNumber)), (row) => ({
        backend: textOf(row.backend),
        context: textOf(row.context),
        object: textOf(row.object),
        reads: numberOf(row.reads),
        readBytes: numberOf(row.read_bytes),
        writes: numberOf(row.writes),
        writeBytes: numberOf(row.write_bytes),
        extends: numberOf(row.extends),
        syncs: numberOf(row.syncs),
        readMs: numberOf(row.read_ms),
        writeMs: numberOf(row.write_ms),
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
    async replication() {
      const replicas = (await look(selectReplicas)).map((row) => ({
        application: textOf(row.application),
        address: textOrNull(row.address),
        state: textOrNull(row.state),
        sync: textOrNull(row.sync),
        behindBytes: numberOrNull(row.behind_bytes),
        replaySeconds: numberOrNull(row.replay_seconds),
      }));
      if (!(await server()).standby) return { replicas, standby: null };
      const row = await one(selectStandbyLag);
      const standby = {
        receiving: row.receiving === true,
        unreplayedBytes: numberOrNull(row.unreplayed_bytes),
        seconds: numberOrNull(row.seconds),
      };
      return { replicas, standby };
    },
    async slots() {
      const rows = await look(selectSlots);
      return rows.map((row) => ({
        name: textOf(row.name),
        kind: textOf(row.kind),
        active: row.active === true,
        keptBytes: numberOrNull(row.kept_bytes),
        status: textOrNull(row.status),
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

/** Rows that all carry the server's time. */
function readingOf<Counters>(
  rows: readonly Row[],
  take: (row: Row) => Counters,
): CounterReading<readonly Counters[]> {
  return { atEpochSeconds: numberOf(rows[0]?.at ?? 0), counters: rows.map(take) };
}
