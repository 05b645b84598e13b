import { visible } from '../../core/visible.ts';
import type { OrchestratorReader } from '../../orchestrator/contract.ts';
import { isUnavailable, type Unavailable, type Viewed } from '../database/view.ts';
import { type ErrorGroup, named } from './groups.ts';
import type { Judged } from './now.ts';
import { freshnessGate } from './probes.ts';
import { isoOf, type SinceData } from './since.ts';
import type { ErrorsTopData, TopConversation, TopGroup } from './top-data.ts';

interface Parts {
  readonly now: Judged | Unavailable;
  readonly since: Viewed<SinceData> | null;
}

/** The parts with names, as one result. Where the tail is stale or could not be read, the shares of the sample stand in for those of now. */
export async function dataOf(
  orchestrator: OrchestratorReader,
  by: ErrorGroup,
  { now, since }: Parts,
): Promise<ErrorsTopData> {
  const sample = since === null || isUnavailable(since) ? null : since;
  const tail = isUnavailable(now) ? null : now;
  const insteadOf = sample !== null && (tail === null || !tail.freshness.ok) ? sample : null;
  const rate = tail?.insertsPerSecond ?? 0;
  const ranked = insteadOf?.groups ?? (await named(orchestrator, by, tail?.shares ?? []));
  const groups = ranked.map(
    ({ group, name, clientId, client, share, low, high }): TopGroup => ({
      ...{ group, name, clientId, client, share, low, high },
      ratePerSecond: share * rate,
    }),
  );
  return {
    by,
    method: insteadOf?.method ?? tail?.method ?? 'block-sample',
    rowsRead: (tail?.rowsRead ?? 0) + (sample?.rowsSampled ?? 0),
    pagesRead: (tail?.pagesRead ?? 0) + (sample?.buffers ?? sample?.pagesDrawn ?? 0),
    buffersCounted: (tail?.buffersCounted ?? true) && (sample === null || sample.buffers !== null),
    window: windowOf(tail, insteadOf, rate),
    conversations: by === 'conversation' ? groups.map(conversationOf) : [],
    groups,
    unattributed: insteadOf === null ? (tail?.unattributed ?? 0) : withoutGroup(insteadOf),
    codes: tail?.codes ?? [],
    freshness:
      insteadOf === null
        ? (tail?.freshness ?? { ratio: null, gate: freshnessGate, ok: false })
        : // Rows were chosen by their time: what matters is whether enough were found.
          { ratio: tail?.freshness.ratio ?? null, gate: freshnessGate, ok: insteadOf.rowsSampled > 0 },
    resolvedPlaces: insteadOf?.resolvedPlaces ?? tail?.resolvedPlaces ?? 0,
    unseenBound: insteadOf?.unseenBound ?? tail?.unseenBound ?? 1,
    sinceOnset: since,
    confirmation: null,
    tailUnavailable: isUnavailable(now) ? now.unavailable : null,
  };
}

function windowOf(tail: Judged | null, sample: SinceData | null, rate: number): ErrorsTopData['window'] {
  if (sample !== null || tail === null) {
    const [from, to] = [sample?.since ?? isoOf(0), sample?.until ?? isoOf(0)];
    return {
      from,
      to,
      seconds: (Date.parse(to) - Date.parse(from)) / 1_000,
      rowsCounted: sample?.rowsSampled ?? 0,
      pagesCounted: sample?.pagesDrawn ?? 0,
      insertsPerSecond: rate,
    };
  }
  return {
    from: isoOf(tail.from),
    to: isoOf(tail.to),
    seconds: tail.to - tail.from,
    rowsCounted: tail.rowsCounted,
    pagesCounted: tail.pagesCounted,
    insertsPerSecond: rate,
  };
}

function conversationOf({ group, ...one }: TopGroup): TopConversation {
  return { conversationId: Number(group), ...one };
}

function withoutGroup({ groups }: SinceData): number {
  // Only what is listed is known; a long tail of small groups counts as unknown, not as unattributed.
  return groups.length === 0 ? 1 : 0;
}

/** One sentence: the answer first. */
export function summaryOf(data: ErrorsTopData): string {
  const { groups, window, freshness, by, method, sinceOnset } = data;
  const rate = `${rounded(window.insertsPerSecond)} errors/s`;
  const since = sinceOnset === null || isUnavailable(sinceOnset) ? null : sinceOnset;
  const [first] = groups;
  if (first === undefined) {
    if (window.insertsPerSecond === 0) {
      const earlier = since?.groups[0];
      const history =
        earlier === undefined
          ? ''
          : ` Since ${since?.since}, ${label(by, earlier)} wrote most (${whole(earlier.share)}).`;
      return `Nothing is being written to the error log.${history}`;
    }
    return freshness.ok
      ? `${rate} are being written, but none of the newest rows belongs to a ${by}.`
      : `${rate} are being written, but not at the end of the table, so who writes them cannot be told cheaply.`;
  }
  const together = groups.reduce((sum, one) => sum + one.share, 0);
  const stale = freshness.ok ? '' : ' The rows read are not the newest ones: take this with care.';
  const drawn = method === 'block-sample' ? ` Told from a sample of the rows since ${window.from}.` : '';
  const who =
    groups.length === 1
      ? `${capital(label(by, first))} writes ${whole(together)}`
      : `${groups.length} ${by === 'activation' ? 'activations' : `${by}s`} write ${whole(together)}`;
  return `${who} of the ${rate}, first of all ${bare(by, first)} (${whole(first.share)}).${drawn}${stale}`;
}

type Labelled = Pick<TopGroup, 'group' | 'name'>;

function bare(by: ErrorGroup, one: Labelled): string {
  return by === 'code' || by === 'channel'
    ? visible(one.group)
    : `${visible(one.group)} "${visible(one.name)}"`;
}

function label(by: ErrorGroup, one: Labelled): string {
  return `${by} ${bare(by, one)}`;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function whole(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function rounded(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
