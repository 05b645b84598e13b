import type { ReadContext } from '../../core/operation.ts';
import type {
  ErrorColumn,
  ErrorLogCounters,
  TailCount,
  TailCursor,
  TailReading,
} from '../../orchestrator/contract.ts';
import type { ReadAccess } from '../access.ts';

/** Rows and pages that one probe may read at most. The first one only fixes where the log ends now, and serves when little is written. */
const firstProbe = { limitRows: 2_000, limitPages: 40 };
const laterProbe = { limitRows: 10_000, limitPages: 200 };

/** What is old enough not to be "now": rows older than this before the first reading are never counted. */
export const recentSeconds = 10;

/** A session publishes what it has inserted at most once a second, so of a window's count a second's worth may be older than the window. */
const publicationSeconds = 1;

/** Fewer rows than this, by the counters, say nothing about where rows go. */
const fewestWritten = 50;

/** At least this part of the rows written must be among those read. */
export const freshnessGate = 0.9;

/** Whether the rows read are the rows being written. */
export interface Freshness {
  /** Fresh rows ÷ rows that must be there: those that the counters say were written meanwhile, or those that the limits allowed to read. Null when nothing was written. */
  readonly ratio: number | null;
  readonly gate: number;
  readonly ok: boolean;
}

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
  readonly pagesRead: number;
  /** Whether the server counted the pages; else they are the distinct pages of the rows and an estimate for the index. */
  readonly buffersCounted: boolean;
  readonly freshness: Freshness;
}

/** Reads counters, probes the tail `probes` times spread over the window, reads the counters again. One connection, each probe a short transaction. */
export async function probeTail(
  context: ReadContext<ReadAccess>,
  options: { readonly by: ErrorColumn; readonly probes: number; readonly windowSeconds: number },
): Promise<Probes> {
  const { orchestrator } = context.read;
  const before = await orchestrator.errorLogCounters();
  const beganMs = context.clock.monotonicMs();
  const readings: TailReading[] = [];
  let after: TailCursor | null = null;
  for (let probe = 0; probe < options.probes; probe += 1) {
    // The first at once: what comes after its end is new.
    const share = options.probes === 1 ? 1 : probe / (options.probes - 1);
    const waitMs = beganMs + share * options.windowSeconds * 1_000 - context.clock.monotonicMs();
    if (waitMs > 0) await context.clock.sleep(waitMs, context.signal);
    context.progress(`probe ${probe + 1} of ${options.probes}`, probe / options.probes);
    const reading: TailReading = await orchestrator.errorLogTail({
      by: options.by,
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
  const all = readings.flatMap((reading) => reading.counts);
  const counts = last.method === 'key-desc' ? all : latestOfEachPage(readings);
  return {
    method: last.method,
    key: last.key,
    before,
    after,
    counts,
    codes: [...codes].map(([code, counted]) => ({ code, ...counted })),
    rowsRead: all.reduce((sum, one) => sum + one.rows, 0),
    pagesRead: readings.reduce((sum, reading) => sum + reading.buffers, 0),
    buffersCounted: readings.every((reading) => reading.buffersCounted),
    freshness: freshnessOf(readings, counts, before, after),
  };
}

function freshnessOf(
  readings: readonly TailReading[],
  counts: readonly TailCount[],
  before: ErrorLogCounters,
  after: ErrorLogCounters,
): Freshness {
  const written = after.errorLog.inserted - before.errorLog.inserted;
  const seconds = after.atEpochSeconds - before.atEpochSeconds;
  const surely = written * (seconds / (seconds + publicationSeconds));
  const fresh = counts.reduce((sum, one) => sum + one.fresh, 0);
  // The first probe is limited always, and by that none of the fresh rows is lost.
  const limited = readings.slice(1).some((reading) => reading.limited);
  const read = readings.slice(1).flatMap((reading) => reading.counts);
  const most = limited ? read.reduce((sum, one) => sum + one.rows, 0) : Number.POSITIVE_INFINITY;
  const expected = Math.min(surely, most);
  const ratio = expected < 1 ? null : Math.min(1, fresh / expected);
  return {
    ratio,
    gate: freshnessGate,
    ok: ratio === null || written < fewestWritten || ratio >= freshnessGate,
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
