import { describe, expect, test } from 'vitest';
import {
  logReader,
  type SyntheticLog,
  syntheticLog,
  truth,
} from '../../../bench/errors-top/synthetic-log.ts';
import { growingDraw, randomFrom } from '../../../src/lib/operations/errors/block-draw.ts';
import { momentOf } from '../../../src/lib/operations/errors/moment.ts';
import { sampleSince } from '../../../src/lib/operations/errors/since.ts';
import { readContextOf } from '../../operations/context.ts';

async function since(log: SyntheticLog, seed: number, given: number | null = null) {
  const context = readContextOf({ read: { orchestrator: logReader(log) } });
  const options = { by: 'conversation', limit: 10, given, seed, rowsPerSecond: null } as const;
  return (await sampleSince(context, options)).data;
}

describe('the share since the onset', () => {
  test.each(['skewed', 'bursty', 'clustered'] as const)(
    'of a %s log: the onset is found and the intervals hold',
    async (kind) => {
      const log = syntheticLog(kind, 3_000, 11);
      const began = log.pages[log.calmPages]?.at ?? 0;
      let held = 0;
      let shown = 0;
      for (let seed = 1; seed <= 10; seed += 1) {
        const data = await since(log, seed);
        expect(data.sinceIs).toBe('onset');
        expect(Math.abs(Date.parse(data.since) / 1_000 - began)).toBeLessThan(1);
        const shares = truth(log, Date.parse(data.since) / 1_000);
        const inside = data.groups.filter((one) => {
          const share = shares.get(one.group) ?? 0;
          return one.low <= share && share <= one.high;
        });
        held += inside.length;
        shown += data.groups.length;
        expect(data.pagesDrawn).toBeLessThanOrEqual(data.pagesInWindow);
      }
      expect(held / shown).toBeGreaterThanOrEqual(0.93);
    },
  );

  test('is exact, without an interval, where the whole window was read', async () => {
    const log = syntheticLog('clustered', 60, 3);
    const data = await since(log, 1, log.pages[log.calmPages]?.at ?? 0);
    expect(data).toMatchObject({ stoppedBecause: 'all-read', pagesInWindow: 60, unseenBound: 0 });
    const shares = truth(log, Date.parse(data.since) / 1_000);
    for (const one of data.groups) expect(one.share).toBeCloseTo(shares.get(one.group) ?? 0, 10);
    for (const one of data.groups) expect([one.low, one.high]).toEqual([one.share, one.share]);
  });

  test('names no onset where the rate never rose', async () => {
    const log = syntheticLog('skewed', 0, 5);
    expect(await since(log, 1)).toMatchObject({ onset: null, sinceIs: 'default' });
  });
});

test('a growing draw repeats nothing and ends with all there is', () => {
  const draw = growingDraw(50, randomFrom(1));
  const all = [...draw(10), ...draw(15), ...draw(100)];
  expect(all).toHaveLength(50);
  expect(new Set(all).size).toBe(50);
  expect(draw(1)).toEqual([]);
  expect(Math.max(...all)).toBe(49);
});

test('times are typed as durations or as ISO-8601', () => {
  const now = Date.parse('2026-11-22T10:00:00Z') / 1_000;
  expect(momentOf('15m', now)).toBe(now - 900);
  expect(momentOf('1.5h', now)).toBe(now - 5_400);
  expect(momentOf('2026-11-22T09:00:00+01:00', now)).toBe(now - 7_200);
  for (const wrong of ['', 'soon', '15', '-5m', '2026-11-22T11:30:00Z'])
    expect(() => momentOf(wrong, now)).toThrow(expect.objectContaining({ code: 'usage' }));
});
