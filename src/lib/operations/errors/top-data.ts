import type { Viewed } from '../database/view.ts';
import type { Confirmation } from './confirm.ts';
import type { ErrorGroup, RankedGroup } from './groups.ts';
import type { Freshness } from './probes.ts';
import type { SinceData } from './since.ts';

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

/** One group of `errors.top`, by whatever it ranks. */
export interface TopGroup extends RankedGroup {
  readonly ratePerSecond: number;
}

/** Data of `errors.top` (`spillway/errors.top/1`). */
export interface ErrorsTopData {
  readonly by: ErrorGroup;
  /**
   * How the shares of now were read. `key-desc`: newest keys through an index; `heap-tail`: the last pages of the table; `block-sample`: pages drawn from the window,
   * because the tail is not where rows are written: then `window` is that of `sinceOnset`.
   */
  readonly method: 'key-desc' | 'heap-tail' | 'block-sample';
  readonly rowsRead: number;
  /** Buffers of the log and its indexes, all readings together. */
  readonly pagesRead: number;
  /** Whether the server counted `pagesRead`; else it is the distinct pages of the rows and an estimate for the index. */
  readonly buffersCounted: boolean;
  /** What was looked at: from when to when, and how many of the rows read were counted. */
  readonly window: {
    readonly from: string;
    readonly to: string;
    readonly seconds: number;
    readonly rowsCounted: number;
    readonly pagesCounted: number;
    readonly insertsPerSecond: number;
  };
  /** Empty when ranked by something else. */
  readonly conversations: readonly TopConversation[];
  readonly groups: readonly TopGroup[];
  /** Errors without a group (unreadable messages have no conversation), as a share, 0–1. */
  readonly unattributed: number;
  readonly codes: readonly { readonly code: string; readonly share: number }[];
  /** Whether the rows read are the rows being written. */
  readonly freshness: Freshness;
  /** How many places from the top are an order that the intervals support. */
  readonly resolvedPlaces: number;
  /** A group that is not listed has less than this share, 0–1. */
  readonly unseenBound: number;
  /** The shares since the onset or the time given; null when it was not asked for. */
  readonly sinceOnset: Viewed<SinceData> | null;
  readonly confirmation: Confirmation | null;
  /** Why the tail could not be read, where it could not. */
  readonly tailUnavailable: string | null;
}
