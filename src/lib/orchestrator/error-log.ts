/** Counters of one of the error-log tables (leaves of a partitioned table are summed). Rows of transactions that rolled back are counted too. */
export interface TableCounters {
  /** `schema.table` as configured. */
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/**
 * One reading of the counters. PostgreSQL publishes a session's counts at most once a second (an idle session's up to 10 s later),
 * so differences over less than 2 s are rough.
 */
export interface ErrorLogCounters {
  /** Seconds since 1970 by the server's clock. */
  readonly atEpochSeconds: number;
  /** The log first, then its totals table. */
  readonly errorLog: TableCounters;
  readonly errorTotals: TableCounters;
}

/** Where the last reading of the tail ended, so that the next one reads only what came after; opaque to callers. */
export interface TailCursor {
  readonly key: string | null;
  readonly block: number | null;
}

export interface TailRequest {
  /** Read only what came after an earlier reading; null for the first. */
  readonly after: TailCursor | null;
  /** Most rows for a reading by key. */
  readonly limitRows: number;
  /** Most pages for a reading of the heap's tail. */
  readonly limitPages: number;
  /** Rows created since then (server's clock) are counted as fresh. */
  readonly freshSinceEpochSeconds: number;
  /** Rows created since then are counted as recent; not later than the former. */
  readonly recentSinceEpochSeconds: number;
}

/** Rows of one conversation on one heap page: rows cluster by page, so pages are what an interval must be built from. */
export interface TailCount {
  /** Names the page; unique over the leaves of a partitioned table. */
  readonly page: string;
  readonly conversationId: number | null;
  readonly rows: number;
  readonly recent: number;
  readonly fresh: number;
}

export interface TailReading {
  /** `key-desc`: newest keys through an index; `heap-tail`: the last pages of the heap, for a log without such a key. */
  readonly method: 'key-desc' | 'heap-tail';
  /** The key that was followed; null for `heap-tail`. */
  readonly key: string | null;
  readonly counts: readonly TailCount[];
  readonly codes: readonly {
    readonly code: string | null;
    readonly recent: number;
    readonly fresh: number;
  }[];
  /** Seconds since 1970; null when nothing was read. */
  readonly newestEpochSeconds: number | null;
  readonly oldestEpochSeconds: number | null;
  /** Index pages that the reading must have visited, estimated from the number of rows; 0 for `heap-tail`. */
  readonly indexPages: number;
  readonly cursor: TailCursor;
}
