import type { ErrorLogLeaf, ErrorLogPages } from '../../orchestrator/contract.ts';
import { type Knot, narrow, nextKnot } from './page-order.ts';

/** Slower than this part of the storm's rate is calm. */
const calm = 0.1;

/** A rise below this factor is no storm. */
const leastRise = 5;

/** When the storm began. Times in seconds since 1970, rates in pages of the log per second. */
export interface Onset {
  readonly at: number;
  readonly block: number;
  /** Null: the log holds nothing from before. */
  readonly pagesPerSecondBefore: number | null;
  readonly pagesPerSecondSince: number;
}

/**
 * When the writes rose to what they are, from a log in time order: the pages tell how fast it grew at any time. Goes back from the end through the knots while the log
 * grew at a tenth of the storm's rate or more, then searches the step in which it did not, page by page. `pagesPerSecond`: the rate now, null when nothing is written: then the
 * fastest growth in the log is the storm. Null: the rate did not rise.
 */
export async function findOnset(
  pages: ErrorLogPages,
  leaf: ErrorLogLeaf,
  knots: readonly Knot[],
  now: { readonly at: number; readonly pagesPerSecond: number | null },
): Promise<Onset | null> {
  const [first] = knots;
  const last = knots.at(-1);
  if (first === undefined || last === undefined || knots.length < 2) return null;
  const rates = knots.slice(1).map((knot, at) => growth(knots[at] ?? first, knot));
  const storm = now.pagesPerSecond ?? Math.max(...rates);
  const hot = storm * calm;
  let end: Knot = { block: leaf.blocks, rows: 0, oldest: now.at, newest: now.at };
  let at = knots.length - 1;
  if (now.pagesPerSecond === null) {
    // Nothing is written: what came after the storm is not part of it.
    at = rates.findLastIndex((rate) => rate >= hot) + 1;
    end = knots[at] ?? last;
    at -= 1;
  }
  let begin = end;
  while (at >= 0) {
    const knot = knots[at];
    if (knot === undefined || growth(knot, begin) < hot) break;
    begin = knot;
    at -= 1;
  }
  const before = knots[at];
  if (before === undefined) return null;
  const [low, start] = await edgeOf(pages, leaf, { low: before, high: begin, hot });
  const since = growth(start, end);
  const earlier = low.block <= first.block ? null : growth(first, low);
  if (earlier !== null && since < earlier * leastRise) return null;
  return { at: start.oldest, block: start.block, pagesPerSecondBefore: earlier, pagesPerSecondSince: since };
}

/** The last calm page and the first one of the storm. */
async function edgeOf(
  pages: ErrorLogPages,
  leaf: ErrorLogLeaf,
  search: { low: Knot; high: Knot; hot: number },
): Promise<[low: Knot, high: Knot]> {
  let low = search.low;
  const found = await narrow(pages, leaf, { low, high: search.high }, (knot, high) => {
    const early = 'oldest' in high && growth(knot, high) < search.hot;
    if (early) low = knot;
    return early;
  });
  // At the end of the log there may be pages without rows yet.
  const begun = await nextKnot(pages, leaf, found.low.block + 1, leaf.blocks);
  const high = begun ?? search.high;
  // A page that calm times began and the storm filled: its newest rows are the storm's.
  return [low, high.newest - high.oldest > 60 ? { ...high, oldest: high.newest } : high];
}

/** Pages per second from one knot to a later one. */
function growth(from: Knot, to: Knot): number {
  return (to.block - from.block) / Math.max(0.001, to.oldest - from.oldest);
}
