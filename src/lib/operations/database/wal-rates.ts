import type { CheckpointCounts, CounterReading, WalCounts } from '../../orchestrator/server-views.ts';
import { gained, secondsBetween } from './server-rates.ts';

export interface WalRates {
  readonly bytesPerSecond: number;
  /** The rest is null where pg_stat_wal is not to be had. */
  readonly recordsPerSecond: number | null;
  readonly fullPageImagesPerSecond: number | null;
  readonly buffersFullPerSecond: number | null;
  readonly syncsPerSecond: number | null;
}

export interface CheckpointView {
  /** In the window, and since the server began to count. */
  readonly requestedInWindow: number;
  readonly timed: number;
  readonly requested: number;
  readonly buffersWrittenPerSecond: number;
  readonly buffersBySessionsPerSecond: number | null;
  readonly secondsSinceLast: number | null;
}

/** `counts` are null where pg_stat_wal is not to be had: the position of the WAL says how much was written, everywhere. */
export function walRates(
  position: readonly [before: CounterReading<number>, after: CounterReading<number>],
  counts: readonly [before: CounterReading<WalCounts>, after: CounterReading<WalCounts>] | null,
  nominal: number,
): WalRates {
  const [first, last] = position;
  const per = (pick: (one: WalCounts) => number | null): number | null => {
    if (counts === null) return null;
    const [then, now] = [pick(counts[0].counters), pick(counts[1].counters)];
    return then === null || now === null
      ? null
      : gained(now, then) / secondsBetween(counts[0], counts[1], nominal);
  };
  return {
    bytesPerSecond: gained(last.counters, first.counters) / secondsBetween(first, last, nominal),
    recordsPerSecond: per((one) => one.records),
    fullPageImagesPerSecond: per((one) => one.fullPageImages),
    buffersFullPerSecond: per((one) => one.buffersFull),
    syncsPerSecond: per((one) => one.syncs),
  };
}

export function checkpointRates(
  before: CounterReading<CheckpointCounts>,
  after: CounterReading<CheckpointCounts>,
  nominal: number,
): CheckpointView {
  const seconds = secondsBetween(before, after, nominal);
  const [then, now] = [before.counters, after.counters];
  return {
    requestedInWindow: gained(now.requested, then.requested),
    timed: now.timed,
    requested: now.requested,
    buffersWrittenPerSecond: gained(now.buffersWritten, then.buffersWritten) / seconds,
    buffersBySessionsPerSecond:
      now.buffersBySessions === null || then.buffersBySessions === null
        ? null
        : gained(now.buffersBySessions, then.buffersBySessions) / seconds,
    secondsSinceLast: now.secondsSinceLast,
  };
}
