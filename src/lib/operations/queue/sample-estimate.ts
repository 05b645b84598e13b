import type { QueueSample, Tally } from '../../drivers/queue/driver.ts';

/** A number of waiting messages estimated from a sample, with a 95 % interval. A queue that was counted whole has no width. */
export interface Estimate {
  readonly messages: number;
  readonly low: number;
  readonly high: number;
}

/** How the samples are told apart. */
export type SampledBy = 'byConversation' | 'byClient';

const deviations = 1.96;

/**
 * How many of the waiting messages belong to the owners `ids`, taken together. Each channel is a stratum, its pages are the sample: ratio estimator p̂ = Σy/Σm over pages of m messages of which
 * y are theirs, SE = √(Σ(y−p̂m)²/((n−1)n)) / m̄, with the finite-population factor; the strata's variances add up.
 */
export function estimateWaiting(
  samples: readonly QueueSample[],
  by: SampledBy,
  ids: ReadonlySet<number>,
): Estimate {
  let [messages, variance] = [0, 0];
  let [least, most] = [0, 0];
  for (const { waiting, pages } of samples) {
    const looked = pages.reduce((sum, page) => sum + page.messages, 0);
    most += waiting;
    if (looked === 0) continue;
    const theirs = pages.map((page) => ofThem(page[by], ids));
    const counted = theirs.reduce((sum, count) => sum + count, 0);
    const share = counted / looked;
    messages += share * waiting;
    // what was seen is certain
    least += counted;
    most -= looked - counted;
    const n = pages.length;
    const unseen = Math.max(0, 1 - looked / Math.max(looked, waiting));
    if (unseen === 0) continue;
    if (n < 2) {
      variance += (waiting * 0.5) ** 2;
      continue;
    }
    const residual = pages.reduce((sum, page, i) => sum + ((theirs[i] ?? 0) - share * page.messages) ** 2, 0);
    const error = Math.sqrt((residual / ((n - 1) * n)) * unseen) / (looked / n);
    // where all pages agree the formula gives no width: then the rule of three is what can be said
    const width = residual === 0 ? 3 / n / deviations : error;
    variance += (waiting * width) ** 2;
  }
  const half = deviations * Math.sqrt(variance);
  return {
    messages,
    low: Math.max(least, messages - half),
    high: Math.min(Math.max(most, messages), messages + half),
  };
}

/** The owner with most waiting messages; null when nothing readable was sampled. */
export function largestOwner(
  samples: readonly QueueSample[],
  by: SampledBy,
): (Estimate & { readonly id: number }) | null {
  const ids = new Set(samples.flatMap(({ pages }) => pages.flatMap((page) => page[by].map(({ id }) => id))));
  let largest: (Estimate & { readonly id: number }) | null = null;
  for (const id of ids) {
    const estimate = estimateWaiting(samples, by, new Set([id]));
    if (largest === null || estimate.messages > largest.messages) largest = { id, ...estimate };
  }
  return largest;
}

function ofThem(tallies: readonly Tally[], ids: ReadonlySet<number>): number {
  return tallies.reduce((sum, { id, messages }) => (ids.has(id) ? sum + messages : sum), 0);
}
