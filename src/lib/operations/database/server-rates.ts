import type {
  CounterReading,
  DatabaseCounts,
  IoCounts,
  RelationSize,
  TableCounts,
} from '../../orchestrator/server-views.ts';

/** What one table took in the window. */
export interface HotTable {
  readonly table: string;
  readonly insertsPerSecond: number;
  readonly updatesPerSecond: number;
  readonly deletesPerSecond: number;
  /** Of the updates, those that touched no index, 0–1; null without updates. */
  readonly hotShare: number | null;
  readonly sequentialRowsPerSecond: number;
  readonly indexScansPerSecond: number;
  readonly deadRows: number;
}

/** Growth of one table over the window, its indexes apart. */
export interface TableGrowth {
  readonly table: string;
  /** Heap and TOAST; null where a lock hides the size. */
  readonly bytes: number | null;
  readonly indexBytes: number | null;
  readonly bytesPerSecond: number;
  readonly indexBytesPerSecond: number;
  /** The indexes by growth, then by size. */
  readonly indexes: readonly {
    readonly name: string;
    readonly bytes: number | null;
    readonly bytesPerSecond: number;
  }[];
}

export interface GrowthView {
  readonly bytesPerSecond: number;
  /** Tables that grew, most first, then the largest. */
  readonly tables: readonly TableGrowth[];
  /** Relations whose size an ACCESS EXCLUSIVE lock hides. */
  readonly locked: readonly string[];
}

export interface IoView {
  readonly kinds: readonly {
    readonly backend: string;
    readonly context: string;
    readonly object: string;
    readonly readBytesPerSecond: number;
    readonly writeBytesPerSecond: number;
    readonly extendsPerSecond: number;
    readonly syncsPerSecond: number;
    /** Mean time of one operation in milliseconds; null unless the server times them and there was one. */
    readonly readMs: number | null;
    readonly writeMs: number | null;
  }[];
}

export interface DatabaseRates {
  readonly commitsPerSecond: number;
  readonly rollbacksPerSecond: number;
  /** Of the blocks that were asked for, those found in shared buffers, 0–1; null when none was. */
  readonly hitShare: number | null;
  readonly blocksReadPerSecond: number;
  readonly rowsWrittenPerSecond: number;
  readonly temporaryBytesPerSecond: number;
  readonly deadlocks: number;
  readonly recoveryConflicts: number;
}

/** Seconds between two readings by the server's clock; of readings without a row there is no time, then the nominal one. */
export function secondsBetween<A, B>(
  before: CounterReading<A>,
  after: CounterReading<B>,
  nominal: number,
): number {
  const known = before.atEpochSeconds > 0 && after.atEpochSeconds > before.atEpochSeconds;
  return known ? after.atEpochSeconds - before.atEpochSeconds : nominal;
}

/** Counters that went back were reset in between: then the difference is not known and counts as 0. */
export function gained(last: number, first: number): number {
  return Math.max(0, last - first);
}

/** Tables that were written or read in the window, the most written first. */
export function hotTables(
  before: CounterReading<readonly TableCounts[]>,
  after: CounterReading<readonly TableCounts[]>,
  nominal: number,
): HotTable[] {
  const seconds = secondsBetween(before, after, nominal);
  const first = new Map(before.counters.map((one) => [one.id, one]));
  const rated = after.counters.map((last): HotTable => {
    const known = first.get(last.id);
    const per = (pick: (counts: TableCounts) => number) =>
      gained(pick(last), known === undefined ? 0 : pick(known)) / seconds;
    const updatesPerSecond = per((one) => one.updated);
    return {
      table: last.table,
      insertsPerSecond: per((one) => one.inserted),
      updatesPerSecond,
      deletesPerSecond: per((one) => one.deleted),
      hotShare: updatesPerSecond === 0 ? null : Math.min(1, per((one) => one.hotUpdated) / updatesPerSecond),
      sequentialRowsPerSecond: per((one) => one.sequentialRows),
      indexScansPerSecond: per((one) => one.indexScans),
      deadRows: last.deadRows,
    };
  });
  const writes = (one: HotTable) => one.insertsPerSecond + one.updatesPerSecond + one.deletesPerSecond;
  const reads = (one: HotTable) => one.sequentialRowsPerSecond + one.indexScansPerSecond;
  return rated
    .filter((one) => writes(one) + reads(one) > 0)
    .sort((a, b) => writes(b) - writes(a) || reads(b) - reads(a) || (a.table < b.table ? -1 : 1));
}

/** How heaps and indexes grew. What is seen for the first time did not grow: it may be old. */
export function growth(
  before: CounterReading<readonly RelationSize[]>,
  after: CounterReading<readonly RelationSize[]>,
  nominal: number,
): GrowthView {
  const seconds = secondsBetween(before, after, nominal);
  const first = new Map(before.counters.map((one) => [one.id, one.bytes]));
  const rate = ({ id, bytes }: RelationSize) => {
    const then = first.get(id);
    return bytes === null || then === null || then === undefined ? 0 : gained(bytes, then) / seconds;
  };
  const tables = [...Map.groupBy(after.counters, (one) => one.table)].map(
    ([table, relations]): TableGrowth => {
      const heap = relations.filter((one) => one.index === null);
      const indexes = relations.filter((one) => one.index !== null);
      const rates = (ones: readonly RelationSize[]) => ones.reduce((sum, one) => sum + rate(one), 0);
      return {
        table,
        bytes: total(heap),
        indexBytes: total(indexes),
        bytesPerSecond: rates(heap),
        indexBytesPerSecond: rates(indexes),
        indexes: indexes
          .map((one) => ({ name: one.index ?? '', bytes: one.bytes, bytesPerSecond: rate(one) }))
          .sort((a, b) => b.bytesPerSecond - a.bytesPerSecond || (b.bytes ?? 0) - (a.bytes ?? 0)),
      };
    },
  );
  const grew = (one: TableGrowth) => one.bytesPerSecond + one.indexBytesPerSecond;
  const size = (one: TableGrowth) => (one.bytes ?? 0) + (one.indexBytes ?? 0);
  return {
    bytesPerSecond: tables.reduce((sum, one) => sum + grew(one), 0),
    tables: tables.sort((a, b) => grew(b) - grew(a) || size(b) - size(a)),
    locked: after.counters.filter((one) => one.bytes === null).map((one) => one.index ?? one.table),
  };
}

function total(relations: readonly RelationSize[]): number | null {
  if (relations.some((one) => one.bytes === null)) return null;
  return relations.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
}

/** Kinds of I/O that happened in the window, the most bytes first. */
export function ioRates(
  before: CounterReading<readonly IoCounts[]>,
  after: CounterReading<readonly IoCounts[]>,
  nominal: number,
): IoView {
  const seconds = secondsBetween(before, after, nominal);
  const key = (one: IoCounts) => JSON.stringify([one.backend, one.context, one.object]);
  const first = new Map(before.counters.map((one) => [key(one), one]));
  const kinds = after.counters.map((last) => {
    const known = first.get(key(last));
    const took = (pick: (counts: IoCounts) => number) =>
      gained(pick(last), known === undefined ? 0 : pick(known));
    const mean = (ms: number, times: number) => (ms === 0 || times === 0 ? null : ms / times);
    return {
      backend: last.backend,
      context: last.context,
      object: last.object,
      readBytesPerSecond: took((one) => one.readBytes) / seconds,
      writeBytesPerSecond: took((one) => one.writeBytes) / seconds,
      extendsPerSecond: took((one) => one.extends) / seconds,
      syncsPerSecond: took((one) => one.syncs) / seconds,
      readMs: mean(
        took((one) => one.readMs),
        took((one) => one.reads),
      ),
      writeMs: mean(
        took((one) => one.writeMs),
        took((one) => one.writes),
      ),
    };
  });
  const bytes = (one: IoView['kinds'][number]) => one.readBytesPerSecond + one.writeBytesPerSecond;
  return {
    kinds: kinds
      .filter((one) => bytes(one) + one.extendsPerSecond + one.syncsPerSecond > 0)
      .sort((a, b) => bytes(b) - bytes(a) || b.extendsPerSecond - a.extendsPerSecond),
  };
}

export function databaseRates(
  before: CounterReading<DatabaseCounts>,
  after: CounterReading<DatabaseCounts>,
  nominal: number,
): DatabaseRates {
  const seconds = secondsBetween(before, after, nominal);
  const took = (pick: (counts: DatabaseCounts) => number) =>
    gained(pick(after.counters), pick(before.counters));
  const read = took((one) => one.blocksRead);
  const hit = took((one) => one.blocksHit);
  return {
    commitsPerSecond: took((one) => one.commits) / seconds,
    rollbacksPerSecond: took((one) => one.rollbacks) / seconds,
    hitShare: read + hit === 0 ? null : hit / (read + hit),
    blocksReadPerSecond: read / seconds,
    rowsWrittenPerSecond: took((one) => one.rowsInserted + one.rowsUpdated + one.rowsDeleted) / seconds,
    temporaryBytesPerSecond: took((one) => one.temporaryBytes) / seconds,
    deadlocks: took((one) => one.deadlocks),
    recoveryConflicts: took((one) => one.recoveryConflicts),
  };
}
