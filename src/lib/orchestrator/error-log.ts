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

/** By what errors are grouped; each is a column of the log, but for `client`, which is the conversation's. */
export type ErrorColumn = 'conversation' | 'activation' | 'code' | 'channel';

/** One table of the log: the log itself, or a leaf of a partitioned one. */
export interface ErrorLogLeaf {
  /** Its oid: names the leaf in requests. */
  readonly id: string;
  /** From outside: show through `visible()`. */
  readonly schema: string;
  readonly name: string;
  /** Its file: another one means that it was truncated or rewritten. */
  readonly file: string;
  /** Pages of the heap. */
  readonly blocks: number;
  /** Rows inserted since the counters began. */
  readonly inserted: number;
}

/** How the log lies on disk. */
export interface ErrorLogLayout {
  readonly atEpochSeconds: number;
  /** A standby does not count what is inserted; it may read all it likes. */
  readonly standby: boolean;
  /** Those most written to first, at most 64; `leavesLeftOut` counts the others. */
  readonly leaves: readonly ErrorLogLeaf[];
  readonly leavesLeftOut: number;
  /** Columns that lead a usable index of every leaf. */
  readonly indexed: readonly ErrorColumn[];
  /** Whether pages can be read one by one (PostgreSQL 14 or newer). */
  readonly pagesReadable: boolean;
}

/** When the rows of one page were created. */
export interface PageTimes {
  readonly block: number;
  readonly rows: number;
  /** Seconds since 1970; null for a page without rows. */
  readonly oldest: number | null;
  readonly newest: number | null;
}

/** Rows of one group on one page of the log. */
export interface PageGroupCount {
  /** Names the page; unique over the leaves of a partitioned table. */
  readonly page: string;
  readonly group: string | null;
  readonly rows: number;
}

/** Reads single pages of the log by their number, all in one short snapshot. */
export interface ErrorLogPages {
  /** In the order of `blocks`. A page beyond the end has no rows. At most 100 pages a call. */
  times(leaf: ErrorLogLeaf, blocks: readonly number[]): Promise<PageTimes[]>;
  /** Rows created since then, by page and group; pages without such rows are not in the answer. At most 100 pages a call. */
  counts(
    leaf: ErrorLogLeaf,
    blocks: readonly number[],
    by: ErrorColumn,
    sinceEpochSeconds: number,
  ): Promise<PageGroupCount[]>;
}

/** What was read together with what it cost. */
export interface PagesRead<Result> {
  readonly result: Result;
  /** Buffers of the log and its indexes as the server counted them; null where it does not say. */
  readonly buffers: number | null;
}

/** Where the last reading of the tail ended, so that the next one reads only what came after; opaque to callers. */
export interface TailCursor {
  readonly key: string | null;
  readonly block: number | null;
}

export interface TailRequest {
  readonly by: ErrorColumn;
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

/** Rows of one group on one heap page: rows cluster by page, so pages are what an interval must be built from. */
export interface TailCount extends PageGroupCount {
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
  /** Whether there may be more rows than the limits allowed to read. */
  readonly limited: boolean;
  /** Buffers as the server counted them; where it does not say, the distinct pages of the rows and an estimate for the index. */
  readonly buffers: number;
  readonly buffersCounted: boolean;
  readonly cursor: TailCursor;
}
