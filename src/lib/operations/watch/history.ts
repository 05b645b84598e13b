import type { QueueDepth } from '../../drivers/queue/driver.ts';
import type { ServiceState } from '../../drivers/service/driver.ts';
import type { Names } from '../../orchestrator/contract.ts';
import type { Pulse } from '../../orchestrator/pulse.ts';

/** One reading of one part, with the time at which it came (this machine's clock, epoch milliseconds). */
export interface Reading<Value> {
  readonly atMs: number;
  readonly value: Value;
}

/** The readings of one part, oldest first. */
export interface Series<Value> {
  readonly readings: readonly Reading<Value>[];
  /** Why the latest attempt gave nothing, and since when that is so; null after a reading. */
  readonly failure: { readonly reason: string; readonly sinceMs: number } | null;
}

/** Everything that was seen, as far back as the longest window goes. A value: recording gives a new one. */
export interface WatchHistory {
  readonly database: Series<Pulse>;
  readonly queues: Series<readonly QueueDepth[]>;
  readonly services: Series<readonly ServiceState[]>;
  readonly names: Names['conversations'];
  /** What the latest pulse took on this side, in milliseconds, network included; null before the first. */
  readonly pulseMs: number | null;
}

/** Longest window in seconds, and how far back readings are kept. */
const longestWindowSeconds = 300;
const keepMs = (longestWindowSeconds + 30) * 1_000;

const empty = { readings: [], failure: null } as const;

export const emptyHistory: WatchHistory = {
  database: empty,
  queues: empty,
  services: empty,
  names: new Map(),
  pulseMs: null,
};

/** Adds a pulse, and the names that came with it. */
export function withPulse(history: WatchHistory, pulse: Pulse, atMs: number, tookMs: number): WatchHistory {
  const { conversations } = pulse;
  const names =
    conversations.ok && conversations.value.size > 0
      ? new Map([...history.names, ...conversations.value])
      : history.names;
  return { ...history, names, pulseMs: tookMs, database: extended(history.database, pulse, atMs) };
}

export function withQueues(history: WatchHistory, queues: readonly QueueDepth[], atMs: number): WatchHistory {
  return { ...history, queues: extended(history.queues, queues, atMs) };
}

/** Only the latest state of the services matters. */
export function withServices(
  history: WatchHistory,
  services: readonly ServiceState[],
  atMs: number,
): WatchHistory {
  return { ...history, services: { readings: [{ atMs, value: services }], failure: null } };
}

/** Notes that a part could not be read; what was read before stays for when it answers again. */
export function withFailure(
  history: WatchHistory,
  part: 'database' | 'queues' | 'services',
  reason: string,
  atMs: number,
): WatchHistory {
  const series = history[part];
  const failure = { reason, sinceMs: series.failure?.sinceMs ?? atMs };
  return { ...history, [part]: { ...series, failure } };
}

function extended<Value>(series: Series<Value>, value: Value, atMs: number): Series<Value> {
  const kept = series.readings.filter((reading) => reading.atMs >= atMs - keepMs);
  return { readings: [...kept, { atMs, value }], failure: null };
}
