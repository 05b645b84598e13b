import { SpillwayError } from '../../core/errors.ts';

/**
 * What Spillway needs of the thing that makes a copy of the database before a destructive step.
 *
 * A snapshot is *good* only when it is complete and its manifest is written; the manifest is the last thing that a driver writes.
 * What a broken or ended attempt leaves behind is never listed as good, and never restored from.
 */

/** One file of a snapshot, relative to the snapshot's folder. */
export interface SnapshotFile {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256, lower-case hex. */
  readonly sha256: string;
}

/** A table of the snapshot with the planner's row estimate at the time. */
export interface SnapshotTable {
  /** `schema.table`. */
  readonly name: string;
  /** `pg_class.reltuples`; null when the table was never analysed. */
  readonly rowsEstimate: number | null;
  /** With its indexes, from the planner's page counts: no relation is locked to measure it. */
  readonly bytes: number;
}

/** The record of a good snapshot: `manifest.json` in its folder. */
export interface SnapshotManifest {
  readonly schema: 'spillway/snapshot/1';
  readonly id: string;
  readonly target: string;
  /** Id of the Spillway incident; null outside of one. */
  readonly incident: string | null;
  /** `user@host`. */
  readonly operator: string;
  /** `system_identifier` of the cluster; null where the role may not read it. */
  readonly systemIdentifier: string | null;
  readonly database: string;
  readonly serverVersion: string;
  readonly toolVersion: string;
  /** ISO-8601 with offset: asked for; started to copy; complete and verified. */
  readonly requestedAt: string;
  readonly startedAt: string;
  readonly createdAt: string;
  /** `pg_database_size` before the copy. */
  readonly databaseBytes: number;
  /** Sum of `files`. */
  readonly totalBytes: number;
  /** The largest tables. */
  readonly tables: readonly SnapshotTable[];
  /** Number of ordinary tables whose data the snapshot holds. */
  readonly tableCount: number;
  readonly files: readonly SnapshotFile[];
  /** What to type to restore it; no secret in it. */
  readonly restoreCommand: string;
}

/** A snapshot in the list. `incomplete`: an attempt that did not finish; it holds nothing to rely on. */
export interface SnapshotEntry {
  readonly id: string;
  readonly status: 'good' | 'incomplete';
  /** Absolute path of its folder. */
  readonly folder: string;
  readonly createdAt: string | null;
  readonly incident: string | null;
  readonly operator: string | null;
  readonly database: string | null;
  readonly totalBytes: number | null;
  readonly restoreCommand: string | null;
  /** Why it is incomplete; null for a good one. */
  readonly reason: string | null;
}

/** What a snapshot would take, measured before it is made. */
export interface SnapshotEstimate {
  readonly database: string;
  readonly databaseBytes: number;
  /** Free bytes, for this user, where the snapshot would be written. */
  readonly freeBytes: number;
  /** Folder that holds the target's snapshots. */
  readonly folder: string;
  readonly systemIdentifier: string | null;
  readonly serverVersion: string;
  readonly toolVersion: string;
  readonly tables: readonly SnapshotTable[];
  /** The command that would be run, for people; no secret in it. */
  readonly command: string;
}

/** One thing that was looked at when a snapshot was verified. */
export interface SnapshotFinding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** The result of a verification. */
export interface SnapshotVerification {
  readonly id: string;
  readonly ok: boolean;
  readonly findings: readonly SnapshotFinding[];
}

/** Kept free beside what the snapshot takes. */
const reserveBytes = 64 * 1024 * 1024;

/**
 * Refuses when the snapshot may not fit. The bound is the database's size although a dump is compressed and leaves indexes out:
 * a full disk in the middle of an incident is worse than a false alarm. Every driver asks this again before it writes.
 * @throws SpillwayError `refused`
 */
export function mustFit(estimate: Pick<SnapshotEstimate, 'databaseBytes' | 'freeBytes' | 'folder'>): void {
  if (estimate.databaseBytes + reserveBytes <= estimate.freeBytes) return;
  throw new SpillwayError(
    'refused',
    `The snapshot may take ${megabytes(estimate.databaseBytes)} and ${estimate.folder} has ${megabytes(estimate.freeBytes)} free.`,
    {
      suggestions: ['make room there', "set the target's `snapshot.folder` to a larger file system"],
      details: { databaseBytes: estimate.databaseBytes, freeBytes: estimate.freeBytes },
    },
  );
}

/** Bytes as megabytes (10^6), for people. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
}

/** Looks at snapshots; reads the database for the estimate only. */
export interface SnapshotReader {
  /**
   * Measures what a snapshot of the database would take; `id` stands in the shown command.
   * @throws SpillwayError `unreachable` when the database does not answer; `failed` when the dump program is missing or older than the server
   */
  estimate(id: string, signal?: AbortSignal): Promise<SnapshotEstimate>;
  /** The target's snapshots, newest first, with the attempts that did not finish. Needs no database. */
  list(): Promise<readonly SnapshotEntry[]>;
  /**
   * The manifest of a good snapshot.
   * @throws SpillwayError `usage` when there is no such snapshot, with the nearest ids; `failed` when it is incomplete or its manifest is not readable
   */
  show(id: string): Promise<SnapshotManifest>;
  /**
   * Reads every file again and compares it with the manifest, and reads the table of contents. A difference is a finding, not an error.
   * @throws SpillwayError as `show`
   */
  verify(id: string, signal?: AbortSignal): Promise<SnapshotVerification>;
}

/** What to make, decided when planning, so that a resumed run recognises its own snapshot. */
export interface SnapshotRequest {
  /** Small letters, digits and hyphens, at most 63, starting with a letter or digit. */
  readonly id: string;
  readonly target: string;
  readonly incident: string | null;
  readonly operator: string;
  /** ISO-8601 with offset. */
  readonly requestedAt: string;
}

/** Makes snapshots. */
export interface SnapshotWriter {
  /**
   * Makes a snapshot, verifies it and writes its manifest. Called again with the id of a good snapshot it returns that one's manifest;
   * with the id of an incomplete one it begins anew. An aborted signal ends the dump. What a failed or
   * aborted attempt wrote is removed; only an attempt whose process was killed leaves an incomplete entry behind.
   * @throws SpillwayError `unreachable`, `failed` (with what the dump program said), `check-failed` (written, but does not verify), `interrupted`
   */
  create(
    request: SnapshotRequest,
    options?: {
      readonly signal?: AbortSignal;
      readonly progress?: (message: string, fraction?: number) => void;
    },
  ): Promise<SnapshotManifest>;
}
