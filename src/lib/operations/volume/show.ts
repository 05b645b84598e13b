import { z } from 'zod';
import { diagnosis, type ReadContext } from '../../core/operation.ts';
import type { QueueDepth } from '../../drivers/queue/driver.ts';
import type { CatalogueOperation, ReadAccess } from '../access.ts';
import { type Seen, seen } from '../diagnose/seen.ts';
import { errorWriters } from '../errors/writers.ts';
import { forecastOf, sampleSize, type VolumeForecast } from './forecast.ts';

const input = z.strictObject({
  windowMs: z.int().min(100).max(600_000).default(2_000).describe('time between the two readings'),
  forecast: z.boolean().default(false).describe('forecast what a purge of the culprits would leave'),
  conversationIds: z
    .array(z.int().min(0))
    .min(1)
    .optional()
    .describe('the culprits; those that write the errors unless given'),
});
type Input = z.output<typeof input>;

/** Messages of one channel, or of all. Rates are those of the window. */
export interface Volume {
  readonly waiting: number;
  readonly inWork: number;
  /** New messages; null when the orchestrator keeps no counter `injected`. */
  readonly inPerSecond: number | null;
  /** Messages that left the queue for good by consumers: delivered and failed. */
  readonly outPerSecond: number;
  readonly deliveredPerSecond: number;
  readonly failedPerSecond: number;
  readonly oldestAgeSeconds: number | null;
  /** At the rates of the window; 0 when nothing waits, null when it does not shrink or the rate in is not known. */
  readonly secondsToDrain: number | null;
}

/** What `volume.show` gives. */
export interface VolumeShowData {
  readonly windowMs: number;
  readonly channels: readonly ({ readonly channel: string } & Volume)[];
  readonly totals: Volume & {
    /** From the target's configuration. */
    readonly expectedDeliveriesPerSecond: number | null;
    /** Delivered of what is expected: 1 = the expected level; null when that is not configured. */
    readonly share: number | null;
  };
  /** After a purge of the culprits; null when it was not asked for or there are no culprits. */
  readonly forecast: Seen<VolumeForecast> | null;
}

/** `volume.show`: what waits and how fast it moves, from two readings. */
export const volumeShow: CatalogueOperation<Input, VolumeShowData> = diagnosis({
  id: 'volume.show',
  title: 'Volume of messages',
  input,
  async measure(context, { windowMs, forecast, conversationIds }) {
    const before = await context.read.queue.depths();
    await context.clock.sleep(windowMs, context.signal);
    const after = await context.read.queue.depths();
    const channels = after.flatMap((now) => {
      const then = before.find((one) => one.channel === now.channel);
      return then === undefined ? [] : [{ channel: now.channel, ...volumeOf(then, now) }];
    });
    const totals = totalOf(channels);
    const expected = context.read.expected.deliveriesPerSecond;
    const share = expected === null ? null : totals.deliveredPerSecond / expected;
    const amount = (value: number) => Math.round(value).toLocaleString('en-US');
    return {
      summary: `${amount(totals.waiting)} messages waiting; ${amount(totals.deliveredPerSecond)} delivered and ${amount(totals.failedPerSecond)} failed a second.`,
      data: {
        windowMs,
        channels,
        totals: { ...totals, expectedDeliveriesPerSecond: expected, share },
        forecast:
          forecast || conversationIds !== undefined
            ? await forecastFor(context, totals, conversationIds ?? null)
            : null,
      },
    };
  },
});

/** Newest messages of each channel by which it is judged how much of what comes in is the culprits'. */
const newestMessages = 500;

async function forecastFor(
  context: ReadContext<ReadAccess>,
  totals: Volume,
  given: readonly number[] | null,
): Promise<Seen<VolumeForecast> | null> {
  const { queue, expected } = context.read;
  const found = await seen(async () => given ?? (await errorWriters(context)));
  if (!found.ok) return found;
  const conversationIds = found.value;
  if (conversationIds.length === 0) return null;
  return seen(async () => {
    const samples = await queue.sample({ ...sampleSize, signal: context.signal });
    const selector = { kind: 'match', conversationIds } as const;
    const newest = await queue.count(selector, { newest: newestMessages, signal: context.signal });
    return forecastOf({
      conversationIds,
      culpritsFrom: given === null ? 'errors' : 'given',
      samples,
      newestShare: newest.scanned === 0 ? 0 : newest.matched / newest.scanned,
      inPerSecond: totals.inPerSecond,
      outPerSecond: totals.outPerSecond,
      expectedPerSecond: expected.deliveriesPerSecond,
    });
  });
}

function volumeOf(then: QueueDepth, now: QueueDepth): Volume {
  const seconds = Math.max(0.001, (now.atMs - then.atMs) / 1_000);
  // a counter that was reset in between tells nothing of the past: count from 0
  const rate = (of: (depth: QueueDepth) => number) => Math.max(0, of(now) - of(then)) / seconds;
  const inPerSecond =
    then.injected === null || now.injected === null ? null : rate((depth) => depth.injected ?? 0);
  const outPerSecond = rate((depth) => depth.processed);
  return {
    waiting: now.waiting,
    inWork: now.processing,
    inPerSecond,
    outPerSecond,
    deliveredPerSecond: rate((depth) => depth.delivered),
    failedPerSecond: rate((depth) => depth.failed),
    oldestAgeSeconds:
      now.oldestEnqueuedAt === null
        ? null
        : Math.max(0, (now.atMs - Date.parse(now.oldestEnqueuedAt)) / 1_000),
    secondsToDrain: secondsToDrain(now.waiting, inPerSecond, outPerSecond),
  };
}

function totalOf(channels: readonly Volume[]): Volume {
  const sum = (of: (volume: Volume) => number) => channels.reduce((so, volume) => so + of(volume), 0);
  const ages = channels.flatMap(({ oldestAgeSeconds }) =>
    oldestAgeSeconds === null ? [] : [oldestAgeSeconds],
  );
  const known = channels.every(({ inPerSecond }) => inPerSecond !== null);
  const drains = channels.map((volume) => volume.secondsToDrain);
  return {
    waiting: sum((volume) => volume.waiting),
    inWork: sum((volume) => volume.inWork),
    inPerSecond: known ? sum((volume) => volume.inPerSecond ?? 0) : null,
    outPerSecond: sum((volume) => volume.outPerSecond),
    deliveredPerSecond: sum((volume) => volume.deliveredPerSecond),
    failedPerSecond: sum((volume) => volume.failedPerSecond),
    oldestAgeSeconds: ages.length === 0 ? null : Math.max(...ages),
    // all is drained when the slowest channel is
    secondsToDrain: drains.includes(null) ? null : Math.max(0, ...drains.map((seconds) => seconds ?? 0)),
  };
}

function secondsToDrain(waiting: number, inPerSecond: number | null, outPerSecond: number): number | null {
  if (waiting === 0) return 0;
  if (inPerSecond === null || outPerSecond <= inPerSecond) return null;
  return waiting / (outPerSecond - inPerSecond);
}
