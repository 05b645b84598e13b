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
import { SpillwayError } from '../core/errors.ts';
import { numberOf, numberOrNull, textOf, textOrNull } from './row-values.ts';
import { type Look, onlyRow, readingOf } from './server-rows.ts';
import type { ServerViews } from './server-views.ts';

/** pg_stat_io exists since then. */
const ioSince = 160_000;

type WalViews = Pick<
  ServerViews,
  | 'walPosition'
  | 'walCounts'
  | 'walFiles'
  | 'archiver'
  | 'checkpointCounts'
  | 'ioCounts'
  | 'replication'
  | 'slots'
>;

/** The views of what goes to disk and to replicas; see ServerViews. */
export function walViews(look: Look, isStandby: () => Promise<boolean>): WalViews {
  const one = onlyRow(look);
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

  return {
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
    async replication() {
      const replicas = (await look(selectReplicas)).map((row) => ({
        application: textOf(row.application),
        address: textOrNull(row.address),
        state: textOrNull(row.state),
        sync: textOrNull(row.sync),
        behindBytes: numberOrNull(row.behind_bytes),
        replaySeconds: numberOrNull(row.replay_seconds),
      }));
      if (!(await isStandby())) return { replicas, standby: null };
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
