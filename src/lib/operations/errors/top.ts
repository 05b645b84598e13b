import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import { visible } from '../../core/visible.ts';
import type { Names } from '../../orchestrator/contract.ts';
import type { CatalogueOperation } from '../access.ts';
import { type Probes, probeTail, recentSeconds } from './probes.ts';
import { rateBetween } from './rate.ts';
import { clusterShares, resolvedPlaces } from './shares.ts';

const input = z.strictObject({
  limit: z.int().min(1).max(100).default(10).describe('most conversations'),
  probes: z.int().min(1).max(20).default(3).describe('readings of the tail'),
  windowSeconds: z.number().min(0.5).max(60).default(2).describe('time over which the readings are spread'),
});
type Input = z.output<typeof input>;

/** Rows cluster by page, so that fewer fresh rows than this say little: then the rows of the last 10 s are taken. */
const enoughRows = 4_000;

/** One conversation of `errors.top`. `share`, `low`, `high` are 0–1; the interval is 95 % for all shown together. */
export interface TopConversation {
  readonly conversationId: number;
  readonly name: string;
  readonly clientId: number | null;
  readonly client: string | null;
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly ratePerSecond: number;
}

/** Data of `errors.top` (`spillway/errors.top/1`). */
export interface ErrorsTopData {
  /** `key-desc`: newest keys through an index; `heap-tail`: the last pages of the table. */
  readonly method: 'key-desc' | 'heap-tail';
  readonly rowsRead: number;
  /** Distinct pages of the table that held the rows, probe by probe, plus index pages estimated from the number of rows. */
  readonly pagesRead: number;
  /** What was looked at: from when to when, and how many of the rows read were counted. */
  readonly window: {
    readonly from: string;
    readonly to: string;
    readonly seconds: number;
    readonly rowsCounted: number;
    readonly pagesCounted: number;
    readonly insertsPerSecond: number;
  };
  readonly conversations: readonly TopConversation[];
  /** Errors without a conversation (unreadable messages), as a share, 0–1. */
  readonly unattributed: number;
  readonly codes: readonly { readonly code: string; readonly share: number }[];
  /** Whether the rows read are the rows being written: fresh rows ÷ rows that the counters say were written meanwhile; null when nothing was written. */
  readonly freshness: { readonly ratio: number | null; readonly ok: boolean };
  /** How many places from the top are an order that the intervals support. */
  readonly resolvedPlaces: number;
  /** A conversation that is not listed has less than this share, 0–1. */
  readonly unseenBound: number;
}

/**
 * `errors.top`: conversations by share of the errors that are being written now. Reads the newest rows only, in a few probes, each bounded in rows, pages and time;
 * the rate comes from the server's counters.
 */
export const errorsTop: CatalogueOperation<Input, ErrorsTopData> = diagnosis({
  id: 'errors.top',
  title: 'Find the conversations that write the errors',
  input,
  async measure(context, options) {
    const probes = await probeTail(context, options);
    const found = judge(probes, options.limit);
    const ids = found.shares.flatMap((one) => (one.conversationId === null ? [] : [one.conversationId]));
    const names = await context.read.orchestrator.names({ conversationIds: ids });
    const data: ErrorsTopData = { ...found.data, conversations: named(found, names) };
    return { summary: summaryOf(data), data };
  },
});

/** From the counts to the shares, without names. */
function judge(probes: Probes, limit: number) {
  const rate = rateBetween(probes.before, probes.after);
  const written = probes.after.errorLog.inserted - probes.before.errorLog.inserted;
  const total = (kind: 'fresh' | 'recent') => probes.counts.reduce((sum, one) => sum + one[kind], 0);
  const fresh = total('fresh');
  const active = written > 0 || fresh > 0;
  const kind = fresh >= enoughRows ? 'fresh' : 'recent';
  const counts = active ? probes.counts.map((one) => ({ ...one, rows: one[kind] })) : [];
  const { shares, rows, pages, unseenBound } = clusterShares(counts, limit);
  const seconds = probes.after.atEpochSeconds - probes.before.atEpochSeconds;
  // The counters of a session may come a second late; rows that were read are there in any case.
  const insertsPerSecond = Math.max(rate.errorsPerSecond, fresh / seconds);
  const readable = Math.min(written, probes.rowsRead);
  const ratio = readable > 0 ? Math.min(1, fresh / readable) : null;
  const shown = shares.filter((one) => one.conversationId !== null).slice(0, limit);
  const since =
    kind === 'fresh' ? probes.before.atEpochSeconds : probes.before.atEpochSeconds - recentSeconds;
  const codes = active ? probes.codes.map((one) => ({ code: one.code ?? 'none', rows: one[kind] })) : [];
  const coded = codes.reduce((sum, one) => sum + one.rows, 0);
  return {
    shares: shown,
    insertsPerSecond,
    data: {
      method: probes.method,
      rowsRead: probes.rowsRead,
      pagesRead: probes.pagesRead,
      window: {
        from: isoOf(since),
        to: isoOf(probes.after.atEpochSeconds),
        seconds: probes.after.atEpochSeconds - since,
        rowsCounted: rows,
        pagesCounted: pages,
        insertsPerSecond,
      },
      unattributed: shares.find((one) => one.conversationId === null)?.share ?? 0,
      codes: codes
        .filter((one) => one.rows > 0)
        .map((one) => ({ code: one.code, share: one.rows / coded }))
        .sort((a, b) => b.share - a.share)
        .slice(0, 10),
      freshness: { ratio, ok: isFresh(ratio, written) },
      resolvedPlaces: resolvedPlaces(shown),
      unseenBound,
    },
  };
}

/**
 * The counters may run a second behind the rows, so over a window of a few seconds the ratio is uncertain by a third;
 * a tail where vacuum freed space before gives something near 0. Very few rows say nothing either way.
 */
function isFresh(ratio: number | null, written: number): boolean {
  return ratio === null || written < 50 || ratio >= 0.6;
}

function named(found: ReturnType<typeof judge>, names: Names): TopConversation[] {
  return found.shares.map(({ conversationId, share, low, high }) => {
    const id = conversationId ?? 0;
    const known = names.conversations.get(id);
    return {
      conversationId: id,
      name: known?.name ?? `conversation ${id} (deleted)`,
      clientId: known?.clientId ?? null,
      client: known?.client ?? null,
      share,
      low,
      high,
      ratePerSecond: share * found.insertsPerSecond,
    };
  });
}

function summaryOf({ conversations, window, freshness }: ErrorsTopData): string {
  const [first] = conversations;
  if (first === undefined) {
    if (window.insertsPerSecond === 0) return 'Nothing is being written to the error log.';
    const writing = `${rounded(window.insertsPerSecond)} errors/s are being written, but `;
    return freshness.ok
      ? `${writing}none of the newest rows belongs to a conversation.`
      : `${writing}not at the end of the table, so the conversations cannot be told cheaply.`;
  }
  const together = conversations.reduce((sum, one) => sum + one.share, 0);
  const rate = `${rounded(window.insertsPerSecond)} errors/s`;
  const stale = freshness.ok ? '' : ' The rows read are not the newest ones: take this with care.';
  const who =
    conversations.length === 1
      ? `Conversation ${first.conversationId} "${visible(first.name)}" writes ${(together * 100).toFixed(0)} %`
      : `${conversations.length} conversations write ${(together * 100).toFixed(0)} %`;
  return `${who} of the ${rate}, first of all ${first.conversationId} "${visible(first.name)}" (${(first.share * 100).toFixed(0)} %).${stale}`;
}

function rounded(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function isoOf(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString();
}
