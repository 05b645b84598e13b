import { type Freshness, type Probes, recentSeconds } from './probes.ts';
import { rateBetween } from './rate.ts';
import { clusterShares, resolvedPlaces, type Share } from './shares.ts';

/** Rows cluster by page, so that fewer fresh rows than this say little: then the rows of the last 10 s are taken. */
const enoughRows = 4_000;

/** The shares of now, without names. Times in seconds since 1970. */
export interface Judged {
  readonly method: Probes['method'];
  readonly shares: readonly Share[];
  readonly from: number;
  readonly to: number;
  readonly rowsRead: number;
  readonly pagesRead: number;
  readonly buffersCounted: boolean;
  readonly rowsCounted: number;
  readonly pagesCounted: number;
  readonly insertsPerSecond: number;
  readonly unattributed: number;
  readonly codes: readonly { readonly code: string; readonly share: number }[];
  readonly freshness: Freshness;
  readonly resolvedPlaces: number;
  readonly unseenBound: number;
}

/** From the counts of the probes to the shares. Where nothing is written there are none. */
export function judge(probes: Probes, limit: number): Judged {
  const rate = rateBetween(probes.before, probes.after);
  const written = probes.after.errorLog.inserted - probes.before.errorLog.inserted;
  const total = (kind: 'fresh' | 'recent') => probes.counts.reduce((sum, one) => sum + one[kind], 0);
  const fresh = total('fresh');
  const active = written > 0 || fresh > 0;
  const kind = fresh >= enoughRows ? 'fresh' : 'recent';
  const counts = active ? probes.counts.map((one) => ({ ...one, rows: one[kind] })) : [];
  const { shares, rows, pages, unseenBound } = clusterShares(counts);
  const seconds = probes.after.atEpochSeconds - probes.before.atEpochSeconds;
  const shown = shares.filter((one) => one.group !== null).slice(0, limit);
  const codes = active ? probes.codes.map((one) => ({ code: one.code ?? 'none', rows: one[kind] })) : [];
  const coded = codes.reduce((sum, one) => sum + one.rows, 0);
  return {
    method: probes.method,
    shares: shown,
    from: probes.before.atEpochSeconds - (kind === 'fresh' ? 0 : recentSeconds),
    to: probes.after.atEpochSeconds,
    rowsRead: probes.rowsRead,
    pagesRead: probes.pagesRead,
    buffersCounted: probes.buffersCounted,
    rowsCounted: rows,
    pagesCounted: pages,
    // The counters of a session may come a second late; rows that were read are there in any case.
    insertsPerSecond: Math.max(rate.errorsPerSecond, seconds > 0.2 ? fresh / seconds : 0),
    unattributed: shares.find((one) => one.group === null)?.share ?? 0,
    codes: codes
      .filter((one) => one.rows > 0)
      .map((one) => ({ code: one.code, share: one.rows / coded }))
      .sort((a, b) => b.share - a.share)
      .slice(0, 10),
    freshness: probes.freshness,
    resolvedPlaces: resolvedPlaces(shown),
    unseenBound,
  };
}
