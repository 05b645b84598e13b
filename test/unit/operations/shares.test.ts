import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  exactInterval,
  normalQuantile,
  studentQuantile,
} from '../../../src/lib/operations/errors/quantiles.ts';
import { clusterShares, enough, resolvedPlaces } from '../../../src/lib/operations/errors/shares.ts';
import type { PageGroupCount } from '../../../src/lib/orchestrator/contract.ts';

const counts: readonly PageGroupCount[] = [
  { page: '1', group: '7', rows: 30 },
  { page: '2', group: '7', rows: 10 },
  { page: '2', group: '8', rows: 20 },
  { page: '3', group: null, rows: 30 },
];

describe('shares by page', () => {
  test('are the ratio of rows, largest first', () => {
    const { shares, rows, pages } = clusterShares(counts);
    expect({ rows, pages }).toEqual({ rows: 90, pages: 3 });
    expect(shares.map((one) => [one.group, one.share])).toEqual([
      ['7', 40 / 90],
      [null, 30 / 90],
      ['8', 20 / 90],
    ]);
  });

  test('have the interval of as many independent rows as the cluster estimator is worth', () => {
    const pages = Array.from({ length: 30 }, (_, at) => [
      { page: String(at), group: '7', rows: 10 + (at % 5) * 4 },
      { page: String(at), group: '8', rows: 30 - (at % 5) * 4 },
    ]).flat();
    const [first] = clusterShares(pages).shares;
    const share = 1 - 18 / 40;
    expect(first?.share).toBeCloseTo(share, 10);
    const residual = 6 * [0, 1, 2, 3, 4].reduce((total, at) => total + (30 - at * 4 - share * 40) ** 2, 0);
    const variance = residual / (29 * 30) / 40 ** 2;
    const n = (share * (1 - share)) / variance;
    // two groups were seen: 5 % are shared out to four ends of intervals
    const tail = 0.05 / 4;
    const fewer = (normalQuantile(1 - tail) / studentQuantile(1 - tail, 29)) ** 2;
    const { low, high } = exactInterval(share, n * fewer, tail);
    expect(first?.low).toBeCloseTo(low, 10);
    expect(first?.high).toBeCloseTo(high, 10);
  });

  test('have no interval where every page was read, and a narrower one where most were', () => {
    const width = (of: number) => {
      const [first] = clusterShares(counts, { drawn: 3, of }).shares;
      return (first?.high ?? 0) - (first?.low ?? 0);
    };
    expect(width(3)).toBe(0);
    expect(width(4)).toBeLessThan(width(1_000));
    expect(clusterShares(counts, { drawn: 3, of: 3 }).unseenBound).toBe(0);
  });

  test('are wider where rows cluster by page than where every page is alike', () => {
    const pages = Array.from({ length: 40 }, (_, page) => String(page));
    const clustered = pages.map((page, at) => ({ page, group: String(at % 2), rows: 30 }));
    const mixed = pages.flatMap((page, at) => [
      { page, group: '0', rows: 14 + (at % 3) },
      { page, group: '1', rows: 16 - (at % 3) },
    ]);
    const width = (some: readonly PageGroupCount[]) => {
      const [first] = clusterShares(some).shares;
      return (first?.high ?? 0) - (first?.low ?? 0);
    };
    expect(width(clustered)).toBeGreaterThan(5 * width(mixed));
  });

  test('say nothing from one page, and nothing at all from none', () => {
    const one = clusterShares([{ page: '1', group: '7', rows: 5 }]);
    expect(one.shares).toEqual([{ group: '7', share: 1, low: 0, high: 1 }]);
    expect(clusterShares([])).toEqual({ shares: [], rows: 0, pages: 0, unseenBound: 1 });
  });

  test('add up to 1 and lie within their intervals, whatever the pages', () => {
    const count = fc.record({
      page: fc.nat(20).map(String),
      group: fc.option(fc.nat(5).map(String), { nil: null }),
      rows: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(count, { maxLength: 60 }), (some) => {
        const { shares, rows } = clusterShares(some);
        if (rows === 0) return shares.length === 0;
        const total = shares.reduce((sum, one) => sum + one.share, 0);
        return (
          Math.abs(total - 1) < 1e-9 &&
          shares.every(
            (one) => one.low >= 0 && one.low <= one.share && one.share <= one.high && one.high <= 1,
          )
        );
      }),
    );
  });
});

describe('resolved places', () => {
  const share = (low: number, high: number) => ({ group: '1', share: (low + high) / 2, low, high });

  test('end where intervals begin to overlap', () => {
    expect(resolvedPlaces([share(0.5, 0.6), share(0.2, 0.3), share(0.1, 0.25)])).toBe(1);
    expect(resolvedPlaces([share(0.5, 0.6), share(0.3, 0.4), share(0.1, 0.2)])).toBe(2);
    expect(resolvedPlaces([share(0.2, 0.5), share(0.1, 0.4)])).toBe(0);
    expect(resolvedPlaces([])).toBe(0);
  });
});

describe('enough', () => {
  const share = (group: string, low: number, high: number) => ({ group, share: (low + high) / 2, low, high });

  test('is known of narrow intervals, and of culprits that stand apart from the rest', () => {
    expect(enough([share('1', 0.49, 0.51), share('2', 0.48, 0.5)], 10)).toBe('narrow');
    expect(enough([share('1', 0.3, 0.5), share('2', 0.25, 0.45), share('3', 0.001, 0.05)], 10)).toBe(
      'resolved',
    );
    expect(enough([share('1', 0.3, 0.5), share('2', 0.02, 0.32)], 10)).toBeNull();
    expect(enough([], 10)).toBeNull();
  });
});

test('the normal quantile agrees with the tables', () => {
  expect(normalQuantile(0.5)).toBeCloseTo(0, 2);
  expect(normalQuantile(0.975)).toBeCloseTo(1.96, 2);
  expect(normalQuantile(0.996_875)).toBeCloseTo(2.734, 2);
  expect(() => normalQuantile(1)).toThrow(RangeError);
});

test("Student's quantile agrees with the tables", () => {
  expect(studentQuantile(0.975, 10)).toBeCloseTo(2.228, 2);
  expect(studentQuantile(0.995, 30)).toBeCloseTo(2.75, 2);
  expect(studentQuantile(0.975, 100_000)).toBeCloseTo(1.96, 2);
});

test('the exact interval agrees with the tables of Clopper and Pearson', () => {
  const { low, high } = exactInterval(0.3, 10, 0.025);
  expect(low).toBeCloseTo(0.0667, 4);
  expect(high).toBeCloseTo(0.6525, 4);
  expect(exactInterval(0, 20, 0.025)).toMatchObject({ low: 0, high: expect.closeTo(0.1684, 4) });
  expect(exactInterval(1, 20, 0.025)).toMatchObject({ low: expect.closeTo(0.8316, 4), high: 1 });
  const many = exactInterval(0.3, 1e6, 0.025);
  expect(many.high - many.low).toBeCloseTo(2 * 1.96 * Math.sqrt(0.21 / 1e6), 5);
});
