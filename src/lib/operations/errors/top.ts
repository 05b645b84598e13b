import { z } from 'zod';
import { SpillwayError } from '../../core/errors.ts';
import { diagnosis, type ReadContext } from '../../core/operation.ts';
import type { CatalogueOperation, ReadAccess } from '../access.ts';
import { isUnavailable, type Viewed, viewed } from '../database/view.ts';
import { confirm } from './confirm.ts';
import { columnOf, errorGroup, regrouping } from './groups.ts';
import { momentOf } from './moment.ts';
import { type Judged, judge } from './now.ts';
import { type Probes, probeTail } from './probes.ts';
import { sampleSince } from './since.ts';
import type { ErrorsTopData } from './top-data.ts';
import { dataOf, summaryOf } from './top-result.ts';

export type { ErrorsTopData, TopConversation } from './top-data.ts';

const input = z.strictObject({
  by: errorGroup.default('conversation').describe('what is ranked'),
  limit: z.int().min(1).max(100).default(10).describe('most groups'),
  probes: z.int().min(1).max(20).default(3).describe('readings of the tail'),
  windowSeconds: z.number().min(0).max(60).default(2).describe('time over which the readings are spread'),
  since: z.string().optional().describe('15m, 2h, or ISO-8601; since the onset unless told'),
  sample: z.boolean().default(true).describe('also the shares since the onset, from pages drawn at random'),
  exact: z
    .boolean()
    .default(false)
    .describe('count the candidates exactly, where an index or a standby allows'),
  seed: z.int().min(0).default(1).describe('of the draw'),
});
type Input = z.output<typeof input>;
type Context = ReadContext<ReadAccess>;

/**
 * `errors.top`: who writes the errors. First who writes now, from the newest rows in a few probes; then whose they were since the onset, from pages drawn at random. Each reading is
 * bounded in rows, pages and time; the rate comes from the server's counters. One part that fails does not cost the other.
 */
export const errorsTop: CatalogueOperation<Input, ErrorsTopData> = diagnosis({
  id: 'errors.top',
  title: 'Find the conversations that write the errors',
  input,
  async measure(context, options) {
    const { orchestrator } = context.read;
    // A time that is none is said before anything is read; what counts is the server's clock, later.
    if (options.since !== undefined) momentOf(options.since, context.clock.now().getTime() / 1_000);
    const regroup = regrouping(orchestrator, options.by);
    const request = { ...options, by: columnOf(options.by) };
    let refused: unknown = null;
    const tail = await viewed(async () => {
      try {
        return await probeTail(context, request);
      } catch (error) {
        refused = error;
        throw error;
      }
    });
    const now = isUnavailable(tail) ? tail : judge(await regrouped(tail, regroup), options.limit);
    const stale = isUnavailable(now) || !now.freshness.ok;
    const since =
      options.sample || stale || options.since !== undefined
        ? await viewed(() => sampled(context, options, now))
        : null;
    // Neither part could read the log: then the reason is the answer.
    if (isUnavailable(now) && (since === null || isUnavailable(since))) throw unreadable(refused);
    const data = await dataOf(orchestrator, options.by, {
      now,
      since: since !== null && 'data' in since ? since.data : since,
    });
    const confirmation =
      since === null || isUnavailable(since)
        ? null
        : await confirm(context, options.by, since, options.exact);
    const full: ErrorsTopData = { ...data, confirmation };
    return { summary: summaryOf(full), data: full };
  },
});

async function regrouped(tail: Probes, regroup: ReturnType<typeof regrouping>): Promise<Probes> {
  return { ...tail, counts: await regroup(tail.counts) };
}

async function sampled(context: Context, options: Input, now: Viewed<Judged>) {
  const at = isUnavailable(now)
    ? (await context.read.orchestrator.errorLogCounters()).atEpochSeconds
    : now.to;
  return sampleSince(context, {
    by: options.by,
    limit: options.limit,
    given: options.since === undefined ? null : momentOf(options.since, at),
    seed: options.seed,
    rowsPerSecond: isUnavailable(now) ? null : now.insertsPerSecond,
  });
}

/** What kept the log from being read, with what can be known all the same. */
function unreadable(reason: unknown): unknown {
  if (!(reason instanceof SpillwayError)) return reason;
  const { code, message, suggestions, details } = reason;
  return new SpillwayError(code, message, {
    suggestions: [...suggestions, 'spillway errors rate   # how fast it grows: reads no row'],
    details,
    cause: reason,
  });
}
