import type { ErrorLogLayout, ErrorLogLeaf, ErrorLogPages } from '../../orchestrator/contract.ts';
import type { Stretch } from './block-sample.ts';
import { findOnset, type Onset } from './onset.ts';
import { firstBlockSince, inTimeOrder, type Knot, nextKnot, spreadKnots } from './page-order.ts';

/** How far back is looked when nobody says and no onset is found, in seconds. */
const defaultSeconds = 900;

/** The pages that hold the rows of a time, and how that time was chosen. */
export interface Window {
  readonly since: number;
  readonly sinceIs: 'onset' | 'given' | 'default' | 'beginning';
  readonly onset: Onset | null;
  /** Rows that a page of the hottest leaf holds when it is full; null for an empty log. */
  readonly rowsPerPage: number | null;
  /** Whether every leaf looked at is in time order; where not, all of its pages are in the window, and rows are chosen by their time. */
  readonly ordered: boolean;
  readonly stretches: readonly Stretch[];
}

export interface WindowRequest {
  readonly layout: ErrorLogLayout;
  readonly now: number;
  readonly rowsPerSecond: number | null;
  /** Seconds since 1970; null: since the onset. */
  readonly given: number | null;
}

/** Finds the window: the onset on the leaf that is written to, then the first page of that time on every leaf. */
export async function findWindow(pages: ErrorLogPages, request: WindowRequest): Promise<Window> {
  const leaves = request.layout.leaves.filter((leaf) => leaf.blocks > 0);
  const hottest = await newestOf(pages, leaves);
  if (hottest === null) {
    const since = request.given ?? request.now - defaultSeconds;
    const sinceIs = request.given === null ? 'default' : 'given';
    return { since, sinceIs, onset: null, rowsPerPage: null, ordered: true, stretches: [] };
  }
  const knots = await spreadKnots(pages, hottest);
  const ordered = inTimeOrder(knots);
  const rowsPerPage = knots.length === 0 ? null : Math.max(...knots.map((knot) => knot.rows));
  const found = await chooseSince(pages, { ...request, leaf: hottest, knots, ordered, rowsPerPage });
  const stretches: Stretch[] = [];
  let allOrdered = ordered;
  for (const leaf of leaves) {
    const own = leaf === hottest ? knots : await knotsIfWritten(pages, leaf, found.since);
    if (own === null) continue;
    const inOrder = inTimeOrder(own);
    allOrdered &&= inOrder;
    const first = inOrder ? await firstBlockSince(pages, leaf, own, found.since) : 0;
    if (first < leaf.blocks) stretches.push({ leaf, first, pages: leaf.blocks - first });
  }
  return { ...found, rowsPerPage, ordered: allOrdered, stretches };
}

interface SinceRequest extends WindowRequest {
  readonly leaf: ErrorLogLeaf;
  readonly knots: readonly Knot[];
  readonly ordered: boolean;
  readonly rowsPerPage: number | null;
}

async function chooseSince(
  pages: ErrorLogPages,
  { leaf, knots, ordered, given, now, ...rates }: SinceRequest,
): Promise<Pick<Window, 'since' | 'sinceIs' | 'onset'>> {
  const { rowsPerSecond, rowsPerPage } = rates;
  const pagesPerSecond =
    rowsPerSecond === null || rowsPerPage === null || rowsPerSecond / rowsPerPage < 0.01
      ? null
      : rowsPerSecond / rowsPerPage;
  const onset = ordered ? await findOnset(pages, leaf, knots, { at: now, pagesPerSecond }) : null;
  if (given !== null) return { since: given, sinceIs: 'given', onset };
  if (onset !== null) return { since: onset.at, sinceIs: 'onset', onset };
  const oldest = Math.min(...knots.map((knot) => knot.oldest));
  // A log that is younger than that holds nothing else.
  if (ordered && oldest > now - defaultSeconds) return { since: oldest, sinceIs: 'beginning', onset };
  return { since: now - defaultSeconds, sinceIs: 'default', onset };
}

/** The leaf with the newest rows. */
async function newestOf(pages: ErrorLogPages, leaves: readonly ErrorLogLeaf[]): Promise<ErrorLogLeaf | null> {
  if (leaves.length < 2) return leaves[0] ?? null;
  let best: { leaf: ErrorLogLeaf; newest: number } | null = null;
  for (const leaf of leaves) {
    const last = await nextKnot(pages, leaf, Math.max(0, leaf.blocks - 2), leaf.blocks);
    if (last !== null && (best === null || last.newest > best.newest)) best = { leaf, newest: last.newest };
  }
  return best?.leaf ?? leaves[0] ?? null;
}

/** Null for a leaf (of another day, say) whose last rows are older than `since`: two pages tell. A leaf that is not in order may be wrongly left out only when its end is old and its middle new. */
async function knotsIfWritten(
  pages: ErrorLogPages,
  leaf: ErrorLogLeaf,
  since: number,
): Promise<Knot[] | null> {
  const last = await nextKnot(pages, leaf, Math.max(0, leaf.blocks - 2), leaf.blocks);
  if (last !== null && last.newest < since) return null;
  return spreadKnots(pages, leaf);
}
