import { z } from 'zod';
import { SpillwayError } from '../../core/errors.ts';
import { diagnosis, type ReadContext } from '../../core/operation.ts';
import type { ErrorLogCounters, TableCounters } from '../../orchestrator/contract.ts';
import type { CatalogueOperation, ReadAccess } from '../access.ts';
import { isUnavailable, type Viewed, viewed } from '../database/view.ts';
import { isoOf, type OnsetData, onsetData } from './since.ts';
import { findWindow } from './window.ts';

const input = z.strictObject({
  windowSeconds: z
    .number()
    .min(0.5)
    .max(60)
    .default(2)
    .describe('time between the first and the last reading'),
  samples: z.int().min(1).max(60).default(1).describe('readings after the first'),
  onset: z.boolean().default(false).describe('also when the storm began, from single pages of the log'),
});

/** Writes per second to one table. */
export interface TableRate {
  readonly table: string;
  readonly insertsPerSecond: number;
  readonly updatesPerSecond: number;
}

/** The rates between two readings. `writesPerSecond`: inserts and updates of both tables. */
export interface ErrorsRateData {
  readonly windowSeconds: number;
  readonly writesPerSecond: number;
  readonly errorsPerSecond: number;
  readonly errorLog: TableRate;
  readonly errorTotals: TableRate;
}

/** When the storm began, as the pages of the log tell. */
export interface Began {
  /** Null: no moment was found at which the rate rose. */
  readonly onset: OnsetData | null;
  /** False: rows of all times lie anywhere in the log, so the moment cannot be searched for. */
  readonly ordered: boolean;
  /** Buffers of the log that the search read; null where the server does not say. */
  readonly buffers: number | null;
}

/** Data of `errors.rate` (`spillway/errors.rate/1`). */
export interface ErrorsRateSeen extends ErrorsRateData {
  /** The same from reading to reading, oldest first. */
  readonly series: readonly {
    readonly at: string;
    readonly errorsPerSecond: number;
    readonly writesPerSecond: number;
  }[];
  /** Null when it was not asked for. */
  readonly began: Viewed<Began> | null;
}

/** The rate between two readings of the counters; never negative (a reset of the statistics in between gives 0). */
export function rateBetween(before: ErrorLogCounters, after: ErrorLogCounters): ErrorsRateData {
  const windowSeconds = after.atEpochSeconds - before.atEpochSeconds;
  const per = (last: number, first: number) =>
    windowSeconds <= 0 ? 0 : Math.max(0, last - first) / windowSeconds;
  const rate = (first: TableCounters, last: TableCounters): TableRate => ({
    table: last.table,
    insertsPerSecond: per(last.inserted, first.inserted),
    updatesPerSecond: per(last.updated, first.updated),
  });
  const errorLog = rate(before.errorLog, after.errorLog);
  const errorTotals = rate(before.errorTotals, after.errorTotals);
  const writes = [errorLog, errorTotals].map((one) => one.insertsPerSecond + one.updatesPerSecond);
  return {
    windowSeconds,
    writesPerSecond: writes.reduce((sum, one) => sum + one, 0),
    errorsPerSecond: errorLog.insertsPerSecond,
    errorLog,
    errorTotals,
  };
}

/** `errors.rate`: writes per second to the error-log tables, from the server's counters. Reads no table, unless it is asked when the storm began: then some 50 single pages. */
export const errorsRate: CatalogueOperation<z.output<typeof input>, ErrorsRateSeen> = diagnosis({
  id: 'errors.rate',
  title: 'Measure the writes to the error-log tables',
  input,
  async measure(context, { windowSeconds, samples, onset }) {
    const { orchestrator } = context.read;
    const readings = [await orchestrator.errorLogCounters()];
    const beganMs = context.clock.monotonicMs();
    for (let sample = 1; sample <= samples; sample += 1) {
      const waitMs = beganMs + (sample / samples) * windowSeconds * 1_000 - context.clock.monotonicMs();
      await context.clock.sleep(Math.max(0, waitMs), context.signal);
      context.progress(`reading ${sample} of ${samples}`, sample / samples);
      readings.push(await orchestrator.errorLogCounters());
    }
    const [first, last] = [readings[0], readings.at(-1)];
    if (first === undefined || last === undefined) throw new RangeError('at least one reading is needed');
    const rate = rateBetween(first, last);
    const data: ErrorsRateSeen = {
      ...rate,
      series: readings.slice(1).map((reading, at) => ({
        at: isoOf(reading.atEpochSeconds),
        ...pick(rateBetween(readings[at] ?? first, reading)),
      })),
      began: onset ? await viewed(() => beganAt(context, rate.errorsPerSecond)) : null,
    };
    return { summary: summaryOf(data), data };
  },
});

/** Looks for the moment at which the rate rose, by single pages. */
async function beganAt(context: ReadContext<ReadAccess>, errorsPerSecond: number): Promise<Began> {
  const { orchestrator } = context.read;
  const layout = await orchestrator.errorLogLayout();
  if (!layout.pagesReadable)
    throw new SpillwayError(
      'failed',
      'this server (before PostgreSQL 14) cannot read single pages of a table.',
    );
  const request = { layout, now: layout.atEpochSeconds, rowsPerSecond: errorsPerSecond, given: null };
  const { result, buffers } = await orchestrator.errorLogPages((pages) => findWindow(pages, request));
  return { onset: onsetData(result), ordered: result.ordered, buffers };
}

function pick({
  errorsPerSecond,
  writesPerSecond,
}: ErrorsRateData): Pick<ErrorsRateData, 'errorsPerSecond' | 'writesPerSecond'> {
  return { errorsPerSecond, writesPerSecond };
}

function summaryOf(data: ErrorsRateSeen): string {
  const rounded = (value: number) => Math.round(value).toLocaleString('en-US');
  const onset = data.began === null || isUnavailable(data.began) ? null : data.began.onset;
  const since = onset === null ? '' : ` The rate rose at ${onset.at}.`;
  return `${data.errorLog.table} takes ${rounded(data.errorsPerSecond)} inserts/s; both error-log tables take ${rounded(data.writesPerSecond)} writes/s.${since}`;
}
