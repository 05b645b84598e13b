import { SpillwayError } from '../../core/errors.ts';
import type { PurgePart } from './driver.ts';

/** Throws SpillwayError `usage` when the id or number of a part is not one: it becomes part of keys and file names. */
export function demandPart({ purgeId, part }: Pick<PurgePart, 'purgeId' | 'part'>): void {
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(purgeId) || !Number.isInteger(part) || part < 1)
    throw new SpillwayError('usage', `"${purgeId}" (part ${part}) is not the id of a purge.`);
}
