import type { Names, PageGroupCount, TailReading } from '../../orchestrator/contract.ts';
import type { Pulse } from '../../orchestrator/pulse.ts';
import { clusterShares, resolvedPlaces } from '../errors/shares.ts';
import { errorsOf } from './database-figures.ts';
import type { Reading } from './history.ts';

/** A conversation by its share of the errors. Shares are 0–1; the intervals are 95 % for all that were seen, together. */
export interface Culprit {
  readonly conversationId: number;
  readonly name: string;
  readonly clientId: number | null;
  readonly client: string | null;
  readonly share: number;
  readonly low: number;
  readonly high: number;
  /** Null until the rate of errors is known. */
  readonly ratePerSecond: number | null;
}

export interface Culprits {
  readonly method: TailReading['method'] | null;
  /** The newest rows that were read and counted, and the pages they came from. */
  readonly rows: number;
  readonly pages: number;
  /** Largest share first. */
  readonly conversations: readonly Culprit[];
  /** How many places from the top are an order that the intervals support. */
  readonly resolvedPlaces: number;
  /** A conversation that is not listed has less than this share. */
  readonly unseenBound: number;
  /** False when the rows read are not the rows being written (vacuum freed space before the end of the table). */
  readonly fresh: boolean;
}

const mostShown = 40;
/** Above this the interval gains little, and a redraw should stay quick. */
const enoughRows = 50_000;
/** As for `errors top`: the counters may run a second behind the rows. */
const freshShare = 0.6;
const fewRows = 50;

export function culpritsOf(window: readonly Reading<Pulse>[], names: Names['conversations']): Culprits {
  const { counts, method, rowsRead } = countsOf(window);
  const { shares, rows, pages, unseenBound } = clusterShares(counts);
  const shown = shares.filter((one) => one.group !== null).slice(0, mostShown);
  const { errorsPerSecond } = errorsOf(window, []);
  const first = window[0]?.value.counters;
  const written = (window.at(-1)?.value.counters.errorLog.inserted ?? 0) - (first?.errorLog.inserted ?? 0);
  return {
    method,
    rows,
    pages,
    conversations: shown.map(({ group, share, low, high }) => {
      const id = Number(group);
      const known = names.get(id);
      return {
        conversationId: id,
        name: known?.name ?? `conversation ${id}`,
        clientId: known?.clientId ?? null,
        client: known?.client ?? null,
        share,
        low,
        high,
        ratePerSecond: errorsPerSecond === null ? null : share * errorsPerSecond,
      };
    }),
    resolvedPlaces: resolvedPlaces(shown),
    unseenBound,
    fresh: written < fewRows || rows >= freshShare * Math.min(written, rowsRead),
  };
}

/**
 * The rows of the window's readings, newest readings first, until there are enough. The first of several readings stands for the time before the window and is left out.
 * Followed by key, readings never meet twice; read from the heap's end, a page comes again and again: then only what was created since the last reading counts.
 */
function countsOf(window: readonly Reading<Pulse>[]) {
  const counts: PageGroupCount[] = [];
  let method: TailReading['method'] | null = null;
  let rowsRead = 0;
  let counted = 0;
  for (let place = window.length - 1; place >= (window.length > 1 ? 1 : 0); place -= 1) {
    const tail = window[place]?.value.tail;
    if (tail?.ok !== true) continue;
    method ??= tail.value.method;
    const kind = tail.value.method === 'key-desc' || window.length === 1 ? 'recent' : 'fresh';
    for (const { page, group, rows, [kind]: counting } of tail.value.counts) {
      rowsRead += rows;
      counted += counting;
      if (counting > 0) counts.push({ page, group, rows: counting });
    }
    if (counted >= enoughRows) break;
  }
  return { counts, method, rowsRead };
}
