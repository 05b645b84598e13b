/** Which server this is: the views choose their statements by it. */
export interface ServerFacts {
  /** As the server says it, such as `15.18`. */
  readonly version: string;
  /** `server_version_num`, such as 150018. */
  readonly versionNumber: number;
  /** A standby counts no written rows: its statistics are its own. */
  readonly standby: boolean;
  /** Whether the server times its reads and writes (`track_io_timing`). */
  readonly timesIo: boolean;
  readonly upSeconds: number | null;
}

/** Processes of the whole server that did the same when one sample was taken, background processes among them. */
export interface ProcessGroup {
  /** `client backend`, `autovacuum worker`, `walwriter`, … as PostgreSQL names it. */
  readonly backend: string;
  /** Empty where the program did not say its name. From outside: show through `visible()`. */
  readonly application: string;
  /** Whether it works in the target's database. */
  readonly here: boolean;
  /** `active`, `idle in transaction`, …; null for background processes. */
  readonly state: string | null;
  readonly waitType: string | null;
  readonly waitEvent: string | null;
  readonly processes: number;
  /** Of these, processes whose statement names one of the error-log tables. */
  readonly onErrorLog: number;
}

export interface ActivitySample {
  readonly groups: readonly ProcessGroup[];
  /** Processes whose state this role may not see. */
  readonly hidden: number;
}

/** Counters of something since the server began to count, with the server's time of the reading. Only differences mean anything. */
export interface CounterReading<Counters> {
  readonly atEpochSeconds: number;
  readonly counters: Counters;
}

/** Counters of one table. */
export interface TableCounts {
  readonly id: string;
  /** `schema.table`. */
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  /** Of the updates, those that touched no index. */
  readonly hotUpdated: number;
  readonly deleted: number;
  readonly sequentialScans: number;
  readonly sequentialRows: number;
  readonly indexScans: number;
  /** Estimates, not counters. */
  readonly deadRows: number;
  readonly liveRows: number;
}

/** Size of a table's heap, TOAST or one index; null where an ACCESS EXCLUSIVE lock is held or asked for: asking for the size would wait for it. */
export interface RelationSize {
  readonly id: string;
  readonly table: string;
  /** Name of the index; null for the heap and TOAST. */
  readonly index: string | null;
  readonly bytes: number | null;
}

/** Null: this version does not count it there (PostgreSQL 18 counts writes and syncs of WAL in pg_stat_io). */
export interface WalCounts {
  readonly records: number;
  readonly fullPageImages: number;
  readonly bytes: number;
  /** Times that a session had to write WAL itself because the buffers were full. */
  readonly buffersFull: number;
  readonly writes: number | null;
  readonly syncs: number | null;
}

export interface WalFiles {
  readonly files: number;
  readonly bytes: number;
  /** `max_wal_size`: more than that means that something keeps it, or that checkpoints do not keep up. */
  readonly softLimitBytes: number;
}

export interface ArchiverState {
  /** False: `archive_mode` is off. */
  readonly on: boolean;
  readonly failed: number;
  readonly secondsSinceFailure: number | null;
  readonly secondsSinceArchived: number | null;
}

/** Counters of checkpoints (on a standby: of restartpoints). */
export interface CheckpointCounts {
  readonly timed: number;
  /** Because WAL reached `max_wal_size`, or on demand. */
  readonly requested: number;
  readonly writeMs: number;
  readonly syncMs: number;
  readonly buffersWritten: number;
  /** Buffers that sessions had to write themselves; null since PostgreSQL 17: pg_stat_io has it. */
  readonly buffersBySessions: number | null;
  /** Seconds since the last one began; null where the role may not see it. */
  readonly secondsSinceLast: number | null;
}

/** Counters of one kind of process and work in pg_stat_io (PostgreSQL 16). */
export interface IoCounts {
  readonly backend: string;
  /** `normal`, `vacuum`, `bulkread`, `bulkwrite`, `init`. */
  readonly context: string;
  /** `relation`, `temp relation`, since PostgreSQL 18 also `wal`. */
  readonly object: string;
  readonly reads: number;
  readonly readBytes: number;
  readonly writes: number;
  /** Also of pages by which relations were extended: in a write storm most of them. */
  readonly writeBytes: number;
  readonly extends: number;
  readonly syncs: number;
  /** 0 unless the server times its I/O. */
  readonly readMs: number;
  readonly writeMs: number;
}

/** Counters of the target's database. */
export interface DatabaseCounts {
  readonly commits: number;
  readonly rollbacks: number;
  readonly blocksRead: number;
  readonly blocksHit: number;
  readonly rowsInserted: number;
  readonly rowsUpdated: number;
  readonly rowsDeleted: number;
  readonly temporaryBytes: number;
  readonly deadlocks: number;
  /** Statements that a standby cancelled because they were in the way of the replay. */
  readonly recoveryConflicts: number;
}

export interface VacuumWorker {
  readonly pid: number;
  readonly table: string | null;
  readonly phase: string;
  /** Of the heap, 0–1. */
  readonly scanned: number | null;
}

/** A table whose dead rows are more than autovacuum's threshold for it, or that autovacuum leaves out. */
export interface VacuumDebt {
  readonly table: string;
  readonly deadRows: number;
  readonly threshold: number;
  readonly disabled: boolean;
  readonly secondsSinceVacuum: number | null;
}

export interface VacuumState {
  /** The setting `autovacuum`. */
  readonly on: boolean;
  readonly mostWorkers: number;
  readonly workers: readonly VacuumWorker[];
  readonly debts: readonly VacuumDebt[];
  /** Age of the oldest transaction id of the database, and where autovacuum is forced, in transactions. */
  readonly frozenAge: number;
  readonly forcedAtAge: number;
}

/** A transaction that began long ago: it holds back vacuum, and may hold locks. */
export interface OpenTransaction {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  readonly state: string | null;
  readonly seconds: number;
  readonly statement: string | null;
}

export interface Replica {
  readonly application: string;
  readonly address: string | null;
  readonly state: string | null;
  /** `async`, `sync`, `potential`, `quorum`. */
  readonly sync: string | null;
  /** WAL that it has not replayed; null where the role may not see it. */
  readonly behindBytes: number | null;
  readonly replaySeconds: number | null;
}

/** How far a standby is behind: what it received and has not replayed. */
export interface StandbyLag {
  readonly receiving: boolean | null;
  readonly unreplayedBytes: number | null;
  /** Since the last replayed commit; 0 when all that was received is replayed. */
  readonly seconds: number | null;
}

export interface ReplicationState {
  readonly replicas: readonly Replica[];
  /** Null on a primary. */
  readonly standby: StandbyLag | null;
}

export interface ReplicationSlot {
  readonly name: string;
  readonly kind: string;
  readonly active: boolean;
  /** WAL that it keeps on disk. */
  readonly keptBytes: number | null;
  /** `reserved`, `extended`, `unreserved`, `lost`. */
  readonly status: string | null;
}

/**
 * What the server says about its work as a whole. Every call is one short transaction with a limit of a second, so that one view that is unsupported, forbidden
 * or slow costs nothing but itself. The statements are chosen by version (PostgreSQL 14–18) and by primary or standby. Errors as OrchestratorReader.
 */
export interface ServerViews {
  server(): Promise<ServerFacts>;
  /** One sample of all processes of the server but Spillway's own. */
  activity(): Promise<ActivitySample>;
  tableCounts(): Promise<CounterReading<readonly TableCounts[]>>;
  /** Sizes of the tables that were written most since the counters began, with their indexes and TOAST. */
  relationSizes(): Promise<CounterReading<readonly RelationSize[]>>;
  /** The end of the WAL in bytes; on a standby of what it received. */
  walPosition(): Promise<CounterReading<number>>;
  walCounts(): Promise<CounterReading<WalCounts>>;
  walFiles(): Promise<WalFiles>;
  archiver(): Promise<ArchiverState>;
  checkpointCounts(): Promise<CounterReading<CheckpointCounts>>;
  ioCounts(): Promise<CounterReading<readonly IoCounts[]>>;
  databaseCounts(): Promise<CounterReading<DatabaseCounts>>;
  vacuum(): Promise<VacuumState>;
  /** The oldest ones, longest first. */
  openTransactions(): Promise<OpenTransaction[]>;
  replication(): Promise<ReplicationState>;
  slots(): Promise<ReplicationSlot[]>;
}
