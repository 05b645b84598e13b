import type { Tally } from './driver.ts';

/** Counts by id as a list, most messages first, then by id. */
export function mostFirst(tally: ReadonlyMap<number, number>): Tally[] {
  return [...tally]
    .map(([id, messages]) => ({ id, messages }))
    .sort((a, b) => b.messages - a.messages || a.id - b.id);
}
