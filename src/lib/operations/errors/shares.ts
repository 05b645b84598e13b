/** Rows of one conversation on one page of the log. */
export interface PageCount {
  readonly page: string;
  readonly conversationId: number | null;
  readonly rows: number;
}

/** The share of one conversation in the rows, with an interval that holds for all shown together. All three are 0–1. */
export interface Share {
  readonly conversationId: number | null;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

export interface Shares {
  /** Largest first. */
  readonly shares: readonly Share[];
  readonly rows: number;
  readonly pages: number;
  /** A conversation that was not seen has less than this share, at 95 %. */
  readonly unseenBound: number;
}

/**
 * Shares by conversation. Rows cluster by page, so the pages are the sample and not the rows: ratio estimator p̂ = Σy/Σm over pages with m rows of which y are the
 * conversation's, SE = √(Σ(y−p̂m)²/((n−1)n)) / m̄. The intervals are 95 % for all `most` shown together (Bonferroni).
 */
export function clusterShares(counts: readonly PageCount[], most: number): Shares {
  const pageRows = new Map<string, number>();
  const byConversation = new Map<number | null, Map<string, number>>();
  for (const { page, conversationId, rows } of counts) {
    if (rows === 0) continue;
    pageRows.set(page, (pageRows.get(page) ?? 0) + rows);
    const pages = byConversation.get(conversationId) ?? new Map<string, number>();
    pages.set(page, (pages.get(page) ?? 0) + rows);
    byConversation.set(conversationId, pages);
  }
  const pages = pageRows.size;
  const rows = sum(pageRows.values());
  const squares = sum([...pageRows.values()].map((m) => m * m));
  const shown = Math.max(1, Math.min(most, byConversation.size));
  const deviations = normalQuantile(1 - 0.05 / (2 * shown));
  const shares = [...byConversation].map(([conversationId, own]): Share => {
    const share = sum(own.values()) / rows;
    if (pages < 2) return { conversationId, share, low: 0, high: 1 };
    // Σ(y−pm)² = Σy² − 2pΣym + p²Σm²: pages without the conversation need not be visited.
    let ownSquares = 0;
    let products = 0;
    for (const [page, y] of own) {
      ownSquares += y * y;
      products += y * (pageRows.get(page) ?? 0);
    }
    const residual = Math.max(0, ownSquares - 2 * share * products + share * share * squares);
    const error = Math.sqrt(residual / ((pages - 1) * pages)) / (rows / pages);
    // Where every page agrees the formula gives no width at all: then the rule of three is what can be said.
    const half = error === 0 ? 3 / pages : deviations * error;
    return { conversationId, share, low: Math.max(0, share - half), high: Math.min(1, share + half) };
  });
  shares.sort((a, b) => b.share - a.share || (a.conversationId ?? -1) - (b.conversationId ?? -1));
  return { shares, rows, pages, unseenBound: pages === 0 ? 1 : Math.min(1, 3 / pages) };
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

/** The standard normal quantile for 0.5 ≤ p < 1, by Abramowitz and Stegun 26.2.23: error below 0.00045, which is nothing beside the sampling. */
export function normalQuantile(p: number): number {
  if (!(p >= 0.5 && p < 1))
    throw new RangeError(`a probability of 0.5 or more and below 1 is needed, not ${p}`);
  const t = Math.sqrt(-2 * Math.log(1 - p));
  const numerator = 2.515517 + t * (0.802853 + t * 0.010328);
  const denominator = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return Math.max(0, t - numerator / denominator);
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
