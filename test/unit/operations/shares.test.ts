import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  clusterShares,
  normalQuantile,
  type PageCount,
  resolvedPlaces,
} from '../../../src/lib/operations/errors/shares.ts';

const counts: readonly PageCount[] = [
  { page: '1', conversationId: 7, rows: 30 },
  { page: '2', conversationId: 7, rows: 10 },
  { page: '2', conversationId: 8, rows: 20 },
  { page: '3', conversationId: null, rows: 30 },
];

describe('shares by page', () => {
  test('are the ratio of rows, largest first', () => {
    const { shares, rows, pages } = clusterShares(counts, 10);
    expect({ rows, pages }).toEqual({ rows: 90, pages: 3 });
    expect(shares.map((one) => [one.conversationId, one.share])).toEqual([
      [7, 40 / 90],
      [null, 30 / 90],
      [8, 20 / 90],
    ]);
  });

  test('have the interval of the cluster ratio estimator', () => {
    const [first] = clusterShares(counts, 1).shares;
    const share = 40 / 90;
    const residual = (30 - share * 30) ** 2 + (10 - share * 30) ** 2 + (0 - share * 30) ** 2;
    const half = (normalQuantile(0.975) * Math.sqrt(residual / 6)) / 30;
    expect(first?.low).toBeCloseTo(Math.max(0, share - half), 10);
    expect(first?.high).toBeCloseTo(Math.min(1, share + half), 10);
  });

  test('are wider where rows cluster by page than where every page is alike', () => {
    const pages = Array.from({ length: 40 }, (_, page) => String(page));
    const clustered = pages.map((page, at) => ({ page, conversationId: at % 2, rows: 30 }));
    const mixed = pages.flatMap((page, at) => [
      { page, conversationId: 0, rows: 14 + (at % 3) },
      { page, conversationId: 1, rows: 16 - (at % 3) },
    ]);
    const width = (some: readonly PageCount[]) => {
      const [first] = clusterShares(some, 2).shares;
      return (first?.high ?? 0) - (first?.low ?? 0);
    };
    expect(width(clustered)).toBeGreaterThan(5 * width(mixed));
  });

  test('say nothing from one page, and nothing at all from none', () => {
    const one = clusterShares([{ page: '1', conversationId: 7, rows: 5 }], 10);
    expect(one.shares).toEqual([{ conversationId: 7, share: 1, low: 0, high: 1 }]);
    expect(clusterShares([], 10)).toEqual({ shares: [], rows: 0, pages: 0, unseenBound: 1 });
  });

  test('add up to 1 and lie within their intervals, whatever the pages', () => {
    const count = fc.record({
      page: fc.nat(20).map(String),
      conversationId: fc.option(fc.nat(5), { nil: null }),
      rows: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(count, { maxLength: 60 }), (some) => {
        const { shares, rows } = clusterShares(some, 3);
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
  const share = (low: number, high: number) => ({ conversationId: 1, share: (low + high) / 2, low, high });

  test('end where intervals begin to overlap', () => {
    expect(resolvedPlaces([share(0.5, 0.6), share(0.2, 0.3), share(0.1, 0.25)])).toBe(1);
    expect(resolvedPlaces([share(0.5, 0.6), share(0.3, 0.4), share(0.1, 0.2)])).toBe(2);
    expect(resolvedPlaces([share(0.2, 0.5), share(0.1, 0.4)])).toBe(0);
    expect(resolvedPlaces([])).toBe(0);
  });
});

test('the normal quantile agrees with the tables', () => {
  expect(normalQuantile(0.5)).toBeCloseTo(0, 2);
  expect(normalQuantile(0.975)).toBeCloseTo(1.96, 2);
  expect(normalQuantile(0.996_875)).toBeCloseTo(2.734, 2);
  expect(() => normalQuantile(1)).toThrow(RangeError);
});
