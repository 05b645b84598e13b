import type { ErrorLogLeaf, ErrorLogPages, PageTimes } from '../../orchestrator/contract.ts';

/** Pages over which the order is looked at, first and last among them. */
const spread = 16;

/** Rows of one moment may lie this far apart without disorder: a long transaction stamps its rows with the time it began. Seconds. */
const toleranceSeconds = 30;

/** A page with rows, and when they were created. */
export interface Knot {
  readonly block: number;
  readonly rows: number;
  readonly oldest: number;
  readonly newest: number;
}

/** Reads pages spread evenly over the leaf; pages without rows are left out. */
export async function spreadKnots(pages: ErrorLogPages, leaf: ErrorLogLeaf): Promise<Knot[]> {
  const last = leaf.blocks - 1;
  const wanted = Math.min(spread, leaf.blocks);
  const blocks = Array.from({ length: wanted }, (_, at) =>
    wanted === 1 ? 0 : Math.floor((at * last) / (wanted - 1)),
  );
  return (await pages.times(leaf, blocks)).flatMap(knotOf);
}

/** Whether later pages hold later rows: then the first page of a time can be searched for. Space that was freed and used again shows as a page whose rows overlap those of later ones. */
export function inTimeOrder(knots: readonly Knot[]): boolean {
  let newest = Number.NEGATIVE_INFINITY;
  for (const knot of knots) {
    if (knot.oldest < newest - toleranceSeconds) return false;
    newest = Math.max(newest, knot.newest);
  }
  return true;
}

/** The first page from `block` on that has rows, found by strides that double; null when there is none before `end`. */
export async function nextKnot(
  pages: ErrorLogPages,
  leaf: ErrorLogLeaf,
  block: number,
  end: number,
): Promise<Knot | null> {
  for (let stride = 0; block + stride < end; stride = stride === 0 ? 1 : stride * 2) {
    const [knot] = (await pages.times(leaf, [block + stride])).flatMap(knotOf);
    if (knot !== undefined) return knot;
  }
  return null;
}

/** Pages looked at in one statement of a search: a round trip costs more than a few pages. */
const looks = 7;

/**
 * Narrows a search between two pages by looking at a few pages evenly spread between them, one page each, until they are neighbours. `early` says of a page with rows whether what is
 * searched for comes after it. Gives the last early page (`low`) and the first other one (`high`); pages without rows count as those that follow them.
 */
export async function narrow<Edge extends { readonly block: number }>(
  pages: ErrorLogPages,
  leaf: ErrorLogLeaf,
  edges: { readonly low: Edge | { readonly block: number }; readonly high: Edge },
  early: (knot: Knot, high: Edge | Knot) => boolean,
): Promise<{ low: Knot | { readonly block: number }; high: Edge | Knot }> {
  let low: Knot | { readonly block: number } = edges.low;
  let high: Edge | Knot = edges.high;
  let end: number = high.block;
  while (end - low.block > 1) {
    const from: number = low.block;
    const gap = end - from;
    const many = Math.min(looks, gap - 1);
    const blocks = Array.from({ length: many }, (_, at) => from + Math.floor(((at + 1) * gap) / (many + 1)));
    const knots = (await pages.times(leaf, blocks)).flatMap(knotOf);
    // From the last one back: what is searched for is the first that is not early before `high`.
    let found: Knot | null = null;
    for (const knot of knots.toReversed()) {
      if (early(knot, high)) {
        found = knot;
        break;
      }
      high = knot;
      end = knot.block;
    }
    if (found !== null) low = found;
    else if (knots.length === 0) end = Math.min(end, blocks[0] ?? end);
    else if ((blocks[0] ?? end) < end) end = blocks[0] ?? end;
  }
  return { low, high };
}

/** The first page whose newest row is not older than `since`, by a search over one-page readings; `leaf.blocks` when all are older. The leaf must be in time order. */
export async function firstBlockSince(
  pages: ErrorLogPages,
  leaf: ErrorLogLeaf,
  knots: readonly Knot[],
  since: number,
): Promise<number> {
  const low = knots.findLast((knot) => knot.newest < since) ?? { block: -1 };
  const high = knots.find((knot) => knot.newest >= since) ?? { block: leaf.blocks };
  const found = await narrow(pages, leaf, { low, high }, (knot) => knot.newest < since);
  return found.low.block + 1;
}

function knotOf({ block, rows, oldest, newest }: PageTimes): Knot[] {
  return oldest === null || newest === null ? [] : [{ block, rows, oldest, newest }];
}
