import type { ReadContext } from '../../core/operation.ts';
import type { ErrorLogCounters, TailCount, TailCursor, TailReading } from '../../orchestrator/contract.ts';
import type { ReadAccess } from '../access.ts';

/** Rows and pages that one probe may read at most. The first one only fixes where the log ends now, and serves when little is written. */
const firstProbe = { limitRows: 5_000, limitPages: 100 };
const laterProbe = { limitRows: 20_000, limitPages: 300 };

/** What is old enough not to be "now": rows older than this before the first reading are never counted. */
export const recentSeconds = 10;

/** Probes of the tail between two readings of the counters, put together. */
export interface Probes {
  readonly method: TailReading['method'];
  readonly key: string | null;
  readonly before: ErrorLogCounters;
  readonly after: ErrorLogCounters;
  /** Without doubles: a page that a later probe read again counts once. */
  readonly counts: readonly TailCount[];
  readonly codes: TailReading['codes'];
  readonly rowsRead: number;
  /** Distinct pages of the log that held the rows, read again or not, and index pages estimated from the number of rows. */
  readonly pagesRead: number;
  readonly newestEpochSeconds: number | null;
}

/** Reads counters, probes the tail `probes` times spread over the window, reads the counters again. One connection, each probe a short transaction. */
export async function probeTail(
  context: ReadContext<ReadAccess>,
  options: { readonly probes: number; readonly windowSeconds: number },
): Promise<Probes> {
  const { orchestrator } = context.read;
  const before = await orchestrator.errorLogCounters();
  const beganMs = context.clock.monotonicMs();
  const readings: TailReading[] = [];
  let after: TailCursor | null = null;
  for (let probe = 0; probe < options.probes; probe += 1) {
    const dueMs = beganMs + ((probe + 1) / options.probes) * options.windowSeconds * 1_000;
    const waitMs = dueMs - context.clock.monotonicMs();
    if (waitMs > 0) await context.clock.sleep(waitMs, context.signal);
    context.progress(`probe ${probe + 1} of ${options.probes}`, probe / options.probes);
    const reading = await orchestrator.errorLogTail({
      after,
      ...(probe === 0 ? firstProbe : laterProbe),
      freshSinceEpochSeconds: before.atEpochSeconds,
      recentSinceEpochSeconds: before.atEpochSeconds - recentSeconds,
    });
    readings.push(reading);
    after = reading.cursor;
  }
  return united(readings, before, await orchestrator.errorLogCounters());
}

function united(readings: readonly TailReading[], before: ErrorLogCounters, after: ErrorLogCounters): Probes {
  const last = readings.at(-1);
  if (last === undefined) throw new RangeError('the tail must be probed at least once');
  const codes = new Map<string | null, { recent: number; fresh: number }>();
  for (const { code, recent, fresh } of readings.flatMap((reading) => reading.codes)) {
    const known = codes.get(code) ?? { recent: 0, fresh: 0 };
    codes.set(code, { recent: known.recent + recent, fresh: known.fresh + fresh });
  }
  const pagesOf = (reading: TailReading) => new Set(reading.counts.map((one) => one.page)).size;
  const all = readings.flatMap((reading) => reading.counts);
  const newest = readings.map((reading) => reading.newestEpochSeconds).filter((one) => one !== null);
  return {
    method: last.method,
    key: last.key,
    before,
    after,
    counts: last.method === 'key-desc' ? all : latestOfEachPage(readings),
    codes: [...codes].map(([code, counted]) => ({ code, ...counted })),
    rowsRead: all.reduce((sum, one) => sum + one.rows, 0),
    pagesRead: readings.reduce((sum, reading) => sum + pagesOf(reading) + reading.indexPages, 0),
    newestEpochSeconds: newest.length === 0 ? null : Math.max(...newest),
  };
}

/** Probes by page overlap: the last reading of a page holds everything that the earlier ones saw there. */
function latestOfEachPage(readings: readonly TailReading[]): TailCount[] {
  const pages = new Map<string, TailCount[]>();
  for (const reading of readings) {
    for (const [page, counts] of Map.groupBy(reading.counts, (one) => one.page)) pages.set(page, counts);
  }
  return [...pages.values()].flat();
}
