import { SpillwayError } from '../../core/errors.ts';

/** Stands in for a view of the server that is not supported, forbidden, or did not answer in time. */
export interface Unavailable {
  readonly unavailable: string;
  readonly suggestion: string | null;
}

/** What a view showed, or why it did not. */
export type Viewed<T> = T | Unavailable;

/** Takes one view by itself, so that it cannot cost the others. A server that cannot be reached at all is still an error. */
export async function viewed<T>(take: () => Promise<T>): Promise<Viewed<T>> {
  try {
    return await take();
  } catch (error) {
    if (!(error instanceof SpillwayError) || (error.code !== 'failed' && error.code !== 'usage')) throw error;
    return { unavailable: error.message, suggestion: error.suggestions[0] ?? null };
  }
}

export function isUnavailable<T>(view: Viewed<T>): view is Unavailable {
  return typeof view === 'object' && view !== null && 'unavailable' in view;
}
