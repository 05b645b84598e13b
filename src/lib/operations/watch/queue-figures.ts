import type { QueueDepth } from '../../drivers/queue/driver.ts';
import type { Reading } from './history.ts';

/** One channel. Rates are over the window, null until there are two readings. */
export interface QueueFigure {
  readonly channel: string;
  readonly waiting: number;
  readonly inWork: number;
  /** Null also where the orchestrator keeps no counter of what comes in. */
  readonly inPerSecond: number | null;
  readonly deliveredPerSecond: number | null;
  readonly failedPerSecond: number | null;
  readonly oldestAgeSeconds: number | null;
  /** At these rates; 0 when nothing waits, null when it does not shrink or that is not known. */
  readonly secondsToDrain: number | null;
  readonly quarantined: number;
}

/** All channels together. */
export interface DeliveriesFigure {
  readonly deliveredPerSecond: number | null;
  readonly failedPerSecond: number | null;
  readonly expectedPerSecond: number | null;
  /** Delivered of what is expected: 1 = the expected level. */
  readonly share: number | null;
  /** Deliveries a second between each two readings, oldest first, at most 60. */
  readonly series: readonly number[];
}

type Depths = readonly QueueDepth[];
const longestSeries = 60;

export function queuesOf(window: readonly Reading<Depths>[]): QueueFigure[] {
  const last = window.at(-1)?.value ?? [];
  const first = window.length < 2 ? [] : (window[0]?.value ?? []);
  return last.map((now) => {
    const then = first.find((one) => one.channel === now.channel);
    const rate = (of: (depth: QueueDepth) => number) =>
      then === undefined ? null : perSecondBetween(then, now, of);
    const inPerSecond = now.injected === null ? null : rate((depth) => depth.injected ?? 0);
    const out = rate((depth) => depth.processed);
    return {
      channel: now.channel,
      waiting: now.waiting,
      inWork: now.processing,
      inPerSecond,
      deliveredPerSecond: rate((depth) => depth.delivered),
      failedPerSecond: rate((depth) => depth.failed),
      oldestAgeSeconds:
        now.oldestEnqueuedAt === null
          ? null
          : Math.max(0, (now.atMs - Date.parse(now.oldestEnqueuedAt)) / 1_000),
      secondsToDrain: secondsToDrain(now.waiting, inPerSecond, out),
      quarantined: now.quarantined,
    };
  });
}

export function deliveriesOf(
  window: readonly Reading<Depths>[],
  all: readonly Reading<Depths>[],
  expectedPerSecond: number | null,
): DeliveriesFigure {
  const first = window[0];
  const last = window.at(-1);
  const rate = (of: (depth: QueueDepth) => number) =>
    first === undefined || last === undefined || window.length < 2
      ? null
      : totalBetween(first.value, last.value, of);
  const delivered = rate((depth) => depth.delivered);
  const recent = all.slice(-longestSeries - 1);
  return {
    deliveredPerSecond: delivered,
    failedPerSecond: rate((depth) => depth.failed),
    expectedPerSecond,
    share: expectedPerSecond === null || delivered === null ? null : delivered / expectedPerSecond,
    series: recent
      .slice(1)
      .map((reading, index) =>
        totalBetween(recent[index]?.value ?? reading.value, reading.value, (depth) => depth.delivered),
      ),
  };
}

function totalBetween(before: Depths, after: Depths, of: (depth: QueueDepth) => number): number {
  return after.reduce((sum, now) => {
    const then = before.find((one) => one.channel === now.channel);
    return then === undefined ? sum : sum + perSecondBetween(then, now, of);
  }, 0);
}

/** By the store's clock; a counter that was reset in between gives 0, never less. */
function perSecondBetween(then: QueueDepth, now: QueueDepth, of: (depth: QueueDepth) => number): number {
  const seconds = (now.atMs - then.atMs) / 1_000;
  return seconds <= 0 ? 0 : Math.max(0, of(now) - of(then)) / seconds;
}

function secondsToDrain(waiting: number, inPerSecond: number | null, out: number | null): number | null {
  if (waiting === 0) return 0;
  if (inPerSecond === null || out === null || out <= inPerSecond) return null;
  return waiting / (out - inPerSecond);
}
