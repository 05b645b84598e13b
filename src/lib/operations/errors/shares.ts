import type { PageGroupCount } from '../../orchestrator/contract.ts';
import { exactInterval, normalQuantile, studentQuantile } from './quantiles.ts';

/** The share of one group in the rows, with an interval that holds for all shown together. All three are 0–1. */
export interface Share {
  readonly group: string | null;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

export interface Shares {
  /** Largest first. */
  readonly shares: readonly Share[];
  readonly rows: number;
  /** Pages with rows. */
  readonly pages: number;
  /** A group that was not seen has less than this share, at 95 %. */
  readonly unseenBound: number;
}

/** What the pages are a sample of. */
export interface Sampled {
  /** Pages drawn, also those without rows. */
  readonly drawn: number;
  /** Pages there are. */
  readonly of: number;
}

/** Rows of one group: on which pages, and how many on each. */
type OwnPages = Map<string, number>;

/**
 * Shares by group. Rows cluster by page, so the pages are the sample and not the rows: ratio estimator p̂ = Σy/Σm over pages with m rows of which y are the group's,
 * SE² = Σ(y−p̂m)²/((n−1)n)/m̄², less what is known for certain when a good part of all pages was drawn. The interval is the exact one for as many independent rows as that SE is
 * worth (Korn and Graubard): unlike p̂ ± z·SE it holds for rare groups that come in bursts, too. It is 95 % for all groups seen together (Bonferroni): those shown are chosen for being
 * large in the sample, so counting only them would flatter the last places. `sampled` left out: the pages are a sample of a stream without end.
 */
export function clusterShares(counts: readonly PageGroupCount[], sampled?: Sampled): Shares {
  const pageRows = new Map<string, number>();
  const byGroup = new Map<string | null, OwnPages>();
  for (const { page, group, rows } of counts) {
    if (rows === 0) continue;
    pageRows.set(page, (pageRows.get(page) ?? 0) + rows);
    const pages = byGroup.get(group) ?? new Map<string, number>();
    pages.set(page, (pages.get(page) ?? 0) + rows);
    byGroup.set(group, pages);
  }
  const pages = pageRows.size;
  const rows = sum(pageRows.values());
  const squares = sum([...pageRows.values()].map((m) => m * m));
  const tail = 0.05 / (2 * Math.max(1, byGroup.size));
  const unknown = sampled === undefined ? 1 : Math.max(0, 1 - sampled.drawn / sampled.of);
  const shares = [...byGroup].map(([group, own]): Share => {
    const share = sum(own.values()) / rows;
    if (unknown === 0) return { group, share, low: share, high: share };
    if (pages < 2) return { group, share, low: 0, high: 1 };
    // Σ(y−pm)² = Σy² − 2pΣym + p²Σm²: pages without the group need not be visited.
    let ownSquares = 0;
    let products = 0;
    for (const [page, y] of own) {
      ownSquares += y * y;
      products += y * (pageRows.get(page) ?? 0);
    }
    const residual = Math.max(0, ownSquares - 2 * share * products + share * share * squares);
    const variance = (unknown * residual) / ((pages - 1) * pages) / (rows / pages) ** 2;
    return { group, share, ...interval(share, worth(share, variance, pages, rows / unknown), tail, pages) };
  });
  shares.sort((a, b) => b.share - a.share || String(a.group).localeCompare(String(b.group)));
  return { shares, rows, pages, unseenBound: unseen(pages, unknown) };
}

/** How many independent rows would give this variance; never more than there are. Where every page agrees, the formula gives none at all: then each page counts as one row. */
function worth(share: number, variance: number, pages: number, rows: number): number {
  const spread = share * (1 - share);
  if (variance <= spread * 1e-9) return pages;
  return Math.min(rows, Math.max(1, spread / variance));
}

/** Few pages say less about their own spread: the normal quantile is exchanged for Student's by counting fewer rows. */
function interval(share: number, n: number, tail: number, pages: number): { low: number; high: number } {
  const fewer = (normalQuantile(1 - tail) / studentQuantile(1 - tail, pages - 1)) ** 2;
  const { low, high } = exactInterval(share, Math.max(1, n * fewer), tail);
  return { low: Math.min(share, low), high: Math.max(share, high) };
}

/** The rule of three: seen on none of n pages, at 95 % on fewer than 3/n of them. */
function unseen(pages: number, unknown: number): number {
  if (pages === 0) return 1;
  return unknown === 0 ? 0 : Math.min(1, 3 / pages);
}

/** How many places from the top are an order that the intervals support: the last place whose lower bound lies above the next one's upper bound. 0: none. */
export function resolvedPlaces(shares: readonly Share[]): number {
  let resolved = 0;
  for (let place = 1; place < shares.length; place += 1) {
    const rest = Math.max(...shares.slice(place).map((share) => share.high));
    if ((shares[place - 1]?.low ?? 0) > rest) resolved = place;
  }
  return resolved;
}

/**
 * Whether the intervals say enough: no interval is wider than 2 points to each side, or those above the largest step between two places stand apart
 * from those below it. Null: read more.
 */
export function enough(shares: readonly Share[], most: number): 'resolved' | 'narrow' | null {
  const shown = shares.slice(0, most + 1);
  const [first] = shown;
  if (first === undefined) return null;
  const widest = Math.max(...shown.map((one) => (one.high - one.low) / 2));
  if (widest <= 0.02) return 'narrow';
  const step = largestStep(shown);
  if (step === 0) return null;
  const above = Math.min(...shown.slice(0, step).map((one) => one.low));
  const below = Math.max(...shown.slice(step).map((one) => one.high));
  return above > below ? 'resolved' : null;
}

/** After how many places the largest drop in proportion comes; 0 for fewer than two. */
function largestStep(shares: readonly Share[]): number {
  let best = 0;
  let largest = 1;
  for (let place = 1; place < shares.length; place += 1) {
    const ratio = (shares[place - 1]?.share ?? 0) / Math.max(1e-9, shares[place]?.share ?? 0);
    if (ratio <= largest) continue;
    largest = ratio;
    best = place;
  }
  return best;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
