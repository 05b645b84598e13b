import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { ErrorLogCounters, TableCounters } from '../../orchestrator/contract.ts';
import type { CatalogueOperation } from '../access.ts';

const input = z.strictObject({
  windowSeconds: z.number().min(0.5).max(60).default(2).describe('time between the two readings'),
});

/** Writes per second to one table. */
export interface TableRate {
  readonly table: string;
  readonly insertsPerSecond: number;
  readonly updatesPerSecond: number;
}

/** Data of `errors.rate`. `writesPerSecond`: inserts and updates of both tables. */
export interface ErrorsRateData {
  readonly windowSeconds: number;
  readonly writesPerSecond: number;
  readonly errorsPerSecond: number;
  readonly errorLog: TableRate;
  readonly errorTotals: TableRate;
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

/** `errors.rate`: writes per second to the error-log tables, from the server's counters; reads no table. */
export const errorsRate: CatalogueOperation<z.output<typeof input>, ErrorsRateData> = diagnosis({
  id: 'errors.rate',
  title: 'Measure the writes to the error-log tables',
  input,
  async measure(context, { windowSeconds }) {
    const before = await context.read.orchestrator.errorLogCounters();
    await context.clock.sleep(windowSeconds * 1_000, context.signal);
    const data = rateBetween(before, await context.read.orchestrator.errorLogCounters());
    const rounded = (value: number) => Math.round(value).toLocaleString('en-US');
    return {
      summary: `${data.errorLog.table} takes ${rounded(data.errorsPerSecond)} inserts/s; both error-log tables take ${rounded(data.writesPerSecond)} writes/s.`,
      data,
    };
  },
});
