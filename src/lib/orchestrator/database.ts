import type { ServerViews } from './server-views.ts';

/** Sessions that were in the same state for the same reason when one sample was taken. */
export interface SessionGroup {
  /** `active`, `idle in transaction`, … as PostgreSQL names it. */
  readonly state: string;
  /** `Lock`, `LWLock`, `IO`, `Client`, …; null: not waiting, that is on a CPU. */
  readonly waitType: string | null;
  readonly waitEvent: string | null;
  readonly sessions: number;
  /** Of these, sessions whose statement names one of the error-log tables. */
  readonly onErrorLog: number;
}

export interface SessionSample {
  readonly groups: readonly SessionGroup[];
  /** Sessions whose state this role may not see. */
  readonly hidden: number;
}

/** A session that blocks others or waits for them. */
export interface BlockingSession {
  readonly pid: number;
  /** The sessions that it waits for: several are possible. Empty for a root. */
  readonly blockedBy: readonly number[];
  readonly user: string | null;
  readonly application: string | null;
  readonly state: string | null;
  readonly waitType: string | null;
  readonly waitEvent: string | null;
  /** The lock that it waits for: its mode, and the table where it is known (also of a row); null for a session that waits for none. */
  readonly waitsFor: string | null;
  /** Seconds since its transaction and its statement began. */
  readonly transactionSeconds: number | null;
  readonly statementSeconds: number | null;
  /** The first 300 characters; from outside, show through `visible()`. */
  readonly statement: string | null;
}

/** Counters of one normalised statement. */
export interface StatementCounters {
  /** Names the statement in `statementTexts`. */
  readonly id: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly rows: number;
}

export interface StatementReading {
  readonly atEpochSeconds: number;
  readonly statements: readonly StatementCounters[];
  /** Entries of other users that this role may not see. */
  readonly hidden: number;
}

/** Requests for locks that were not granted, by what they are for. */
export interface WaitingLocks {
  /** `schema.table` where it is one of this database, else null. */
  readonly relation: string | null;
  /** `relation`, `transactionid`, `tuple`, … */
  readonly kind: string;
  readonly mode: string;
  readonly sessions: number;
  readonly longestSeconds: number | null;
}

export interface ConnectionCount {
  readonly used: number;
  readonly most: number;
  /** Kept for superusers and for roles with reserved connections. */
  readonly reserved: number;
}

/**
 * What the server says about itself. Every call is one short transaction, so that each sample has fresh counters and one view that is missing
 * or forbidden does not cost the others. Errors as OrchestratorReader; a missing extension is SpillwayError `failed` with what to do.
 */
export interface DatabaseReader extends ServerViews {
  /** One sample of all client sessions of this database but Spillway's own. */
  sessions(): Promise<SessionSample>;
  /** Everybody who waits for a lock, and everybody who is waited for; empty when nobody waits. */
  blocking(): Promise<BlockingSession[]>;
  /** Counters of pg_stat_statements without its texts: loading these can take hundreds of megabytes. */
  statementCounters(): Promise<StatementReading>;
  /** Texts of a few statements, normalised; the first 2,000 characters. Reads the text file: call it once, for the top few. */
  statementTexts(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Lock requests that were not granted. */
  waitingLocks(): Promise<WaitingLocks[]>;
  connections(): Promise<ConnectionCount>;
}
