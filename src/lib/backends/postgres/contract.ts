import type { Statement } from './statement.ts';

/** A row as PostgreSQL gives it: int8 and numeric arrive as text unless cast in the statement. */
export type Row = Record<string, unknown>;

/** Where a store answers, for messages: never a password. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** Runs one statement with bound values and returns its rows. */
export type Query = <R extends Row = Row>(statement: Statement, values?: readonly unknown[]) => Promise<R[]>;

export interface ReadOptions {
  /** Server-side limit in milliseconds for each statement; 2,000 unless told. */
  readonly statementTimeoutMs?: number;
  /**
   * `pages`: an index range is read through a bitmap, so that each heap page is visited once (by index order, rows of several writers cost a visit each),
   * and a whole table only where there is no other way.
   */
  readonly visits?: 'pages';
}

/**
 * A handle that cannot write: every statement runs in a `read only` transaction over the extended protocol, with `statement_timeout`, `lock_timeout` 200 ms
 * and no parallel workers. One connection; calls queue up behind each other. Connects on first use.
 * Errors: SpillwayError `unreachable` (down, refused, timed out, password), `failed` (statement time-out, lock time-out, missing privilege with the grant to give).
 */
export interface PostgresReader {
  readonly address: PostgresAddress;
  /** One statement in its own short transaction. */
  query: Query;
  /** Several statements that must see one snapshot. Keep it short: counters are cached inside a transaction. */
  snapshot<T>(work: (query: Query) => Promise<T>, options?: ReadOptions): Promise<T>;
  close(): Promise<void>;
}

/**
 * A handle that writes; it is given to write contracts only. `transaction` commits when `work` resolves and rolls back when it rejects.
 * A connection lost between sending COMMIT and its answer is SpillwayError `unknown-outcome`.
 */
export interface PostgresWriter {
  readonly address: PostgresAddress;
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
