import type { QueueSample } from '../../drivers/queue/driver.ts';
import { type Estimate, estimateWaiting } from '../queue/sample-estimate.ts';

/** Pages and their size for one channel: some 2,000 messages, 20 short scripts. */
export const sampleSize = { pages: 20, pageSize: 100 } as const;

/** What the queues will do when the culprits' messages are taken out. */
export interface VolumeForecast {
  readonly conversationIds: readonly number[];
  /** `given` by the operator, or those that write the `errors` now. */
  readonly culpritsFrom: 'given' | 'errors';
  readonly culpritsWaiting: Estimate;
  readonly messagesSampled: number;
  /** What is left after the purge. */
  readonly restWaiting: Estimate;
  /** New messages of the others, judged by the newest ones; null when the rate in is not known. */
  readonly restInPerSecond: number | null;
  /** What the consumers are taken to manage then, and where that comes from. */
  readonly outPerSecond: number;
  readonly outFrom: 'measured' | 'expected';
  /** 0 when nothing is left, null when it does not shrink at that rate or the rate in is not known. */
  readonly secondsToDrain: number | null;
}

export interface ForecastBasis {
  readonly conversationIds: readonly number[];
  readonly culpritsFrom: VolumeForecast['culpritsFrom'];
  readonly samples: readonly QueueSample[];
  /** Share of the culprits in the newest messages, 0–1. */
  readonly newestShare: number;
  readonly inPerSecond: number | null;
  readonly outPerSecond: number;
  readonly expectedPerSecond: number | null;
}

/**
 * The forecast. While messages wait the consumers are at their limit, and a message that fails costs them at least as much as one that is delivered; so what they get through now, failures included,
 * is the least that they manage without the culprits. Where the target's normal level is higher, that is taken.
 */
export function forecastOf(basis: ForecastBasis): VolumeForecast {
  const { conversationIds, culpritsFrom, samples, inPerSecond, outPerSecond, expectedPerSecond } = basis;
  const waiting = samples.reduce((sum, sample) => sum + sample.waiting, 0);
  const culpritsWaiting = estimateWaiting(samples, 'byConversation', new Set(conversationIds));
  const restWaiting = {
    messages: waiting - culpritsWaiting.messages,
    low: Math.max(0, waiting - culpritsWaiting.high),
    high: waiting - culpritsWaiting.low,
  };
  const restInPerSecond = inPerSecond === null ? null : inPerSecond * (1 - basis.newestShare);
  const outFrom = (expectedPerSecond ?? 0) > outPerSecond ? 'expected' : 'measured';
  const out = Math.max(outPerSecond, expectedPerSecond ?? 0);
  return {
    conversationIds,
    culpritsFrom,
    culpritsWaiting,
    messagesSampled: samples.flatMap(({ pages }) => pages).reduce((sum, page) => sum + page.messages, 0),
    restWaiting,
    restInPerSecond,
    outPerSecond: out,
    outFrom,
    secondsToDrain: drain(restWaiting.messages, restInPerSecond, out),
  };
}

function drain(waiting: number, inPerSecond: number | null, outPerSecond: number): number | null {
  if (Math.round(waiting) === 0) return 0;
  if (inPerSecond === null || outPerSecond <= inPerSecond) return null;
  return waiting / (outPerSecond - inPerSecond);
}
