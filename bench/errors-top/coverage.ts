// How often the intervals of `errors top` hold the truth: node bench/errors-top/coverage.ts [repetitions]. No database: the operation reads logs made in memory from seeds.
import { systemClock } from '../../src/lib/core/clock.ts';
import type { ReadContext } from '../../src/lib/core/operation.ts';
import type { ReadAccess } from '../../src/lib/operations/access.ts';
import { type SinceData, sampleSince } from '../../src/lib/operations/errors/since.ts';
import { type Kind, logReader, type SyntheticLog, syntheticLog, truth } from './synthetic-log.ts';

const repetitions = Number(process.argv[2] ?? 200);
/** Draws from one log, before another log is made. */
const drawsALog = 5;
const limit = 10;

interface Tally {
  readonly log: string;
  readonly pages: number;
  readonly repetitions: number;
  /** Of all intervals shown. */
  readonly coverage: number;
  /** Of the repetitions in which all intervals shown hold at once: what is claimed. */
  readonly together: number;
  /** The same rows, as if drawn one by one. */
  readonly naive: number;
  /** Of the repetitions, those whose stated order is the true one as far as it is called resolved. */
  readonly orderRight: number;
  /** Of groups that were not seen, those that have less than the bound. */
  readonly unseenRight: number;
  readonly meanPagesDrawn: number;
  readonly meanHalfWidthPoints: number;
  readonly meanOnsetErrorSeconds: number;
}

const table: Tally[] = [];
for (const kind of ['skewed', 'bursty', 'clustered'] as const)
  for (const pages of [2_000, 20_000]) table.push(await study(kind, pages));
process.stdout.write(
  `${markdown(table)}\n${JSON.stringify({ schema: 'spillway/bench.errors-coverage/1', table })}\n`,
);

async function study(kind: Kind, pages: number): Promise<Tally> {
  const sums = {
    intervals: 0,
    hold: 0,
    naive: 0,
    together: 0,
    order: 0,
    unseen: 0,
    unseenRight: 0,
    drawn: 0,
  };
  let halves = 0;
  let onsetError = 0;
  let log: SyntheticLog = syntheticLog(kind, pages, 1);
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    if (repetition % drawsALog === 0) log = syntheticLog(kind, pages, 1_000 + repetition);
    const { data } = await sampleSince(contextOf(log), {
      ...{ by: 'conversation', limit, given: null, seed: 7_000 + repetition, rowsPerSecond: null },
    });
    const shares = truth(log, Date.parse(data.since) / 1_000);
    const holds = data.groups.map((one) => within(shares.get(one.group) ?? 0, one.low, one.high));
    sums.intervals += holds.length;
    sums.hold += holds.filter(Boolean).length;
    sums.together += holds.every(Boolean) ? 1 : 0;
    sums.naive += data.groups.filter((one) =>
      naiveHolds(one.share, data.rowsSampled, shares.get(one.group) ?? 0),
    ).length;
    sums.order += orderHolds(data, shares) ? 1 : 0;
    sums.drawn += data.pagesDrawn;
    halves += data.groups.reduce((sum, one) => sum + (one.high - one.low) / 2, 0);
    const began = log.pages[log.calmPages]?.at ?? 0;
    onsetError += Math.abs(Date.parse(data.since) / 1_000 - began);
    const listed = new Set(data.groups.map((one) => one.group));
    const rest = [...shares].filter(([group]) => !listed.has(group));
    sums.unseen += rest.length;
    // Groups that were seen but are below the list have less than the last one's upper bound, or than that of the unseen.
    const bound = Math.max(data.unseenBound, data.groups.at(-1)?.high ?? 0);
    sums.unseenRight += rest.filter(([, share]) => share <= bound).length;
  }
  return {
    log: kind,
    pages,
    repetitions,
    coverage: sums.hold / sums.intervals,
    together: sums.together / repetitions,
    naive: sums.naive / sums.intervals,
    orderRight: sums.order / repetitions,
    unseenRight: sums.unseen === 0 ? 1 : sums.unseenRight / sums.unseen,
    meanPagesDrawn: sums.drawn / repetitions,
    meanHalfWidthPoints: (100 * halves) / sums.intervals,
    meanOnsetErrorSeconds: onsetError / repetitions,
  };
}

function contextOf(log: SyntheticLog): ReadContext<ReadAccess> {
  return {
    target: 'synthetic',
    read: { orchestrator: logReader(log) } as ReadAccess,
    clock: systemClock,
    signal: new AbortController().signal,
    progress: () => undefined,
    actor: 'bench',
  };
}

function within(value: number, low: number, high: number): boolean {
  return value >= low - 1e-12 && value <= high + 1e-12;
}

/** The interval of the textbook, at 95 % for one group alone: rows as if each had been drawn by itself. */
function naiveHolds(share: number, rows: number, value: number): boolean {
  return Math.abs(value - share) <= 1.96 * Math.sqrt((share * (1 - share)) / Math.max(1, rows));
}

/** Whether everybody within the resolved places truly has more than everybody after. */
function orderHolds(data: SinceData, shares: ReadonlyMap<string, number>): boolean {
  const first = data.groups.slice(0, data.resolvedPlaces).map((one) => one.group);
  if (first.length === 0) return true;
  const rest = [...shares].filter(([group]) => !first.includes(group)).map(([, share]) => share);
  return Math.min(...first.map((group) => shares.get(group) ?? 0)) >= Math.max(0, ...rest);
}

function markdown(rows: readonly Tally[]): string {
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  return [
    '| log | pages | covered | all at once | naive | order right | unlisted below bound | pages drawn | half-width | onset off by |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...rows
      .map((row) =>
        [
          ...[row.log, row.pages.toLocaleString('en-US'), percent(row.coverage), percent(row.together)],
          ...[percent(row.naive), percent(row.orderRight), percent(row.unseenRight)],
          ...[row.meanPagesDrawn.toFixed(0), `${row.meanHalfWidthPoints.toFixed(1)} points`],
          `${row.meanOnsetErrorSeconds.toFixed(1)} s`,
        ].join(' | '),
      )
      .map((row) => `| ${row} |`),
  ].join('\n');
}
