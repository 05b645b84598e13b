import type { Clock } from '../../core/clock.ts';
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
    return unavailableFor(error);
  }
}

/** Takes one view after the other. */
export type Viewer = <T>(take: () => Promise<T>) => Promise<Viewed<T>>;

/**
 * Viewers for a whole look at the server, each for a part of it that ends within its limit whatever the server does (a view that has begun is limited by its own
 * statement time-out). The first view must reach the server; when a later one loses it, what was seen stays seen, and after two losses in a row nothing more is tried.
 */
export function viewers(clock: Clock): (limitMs: number) => Viewer {
  let reached = false;
  let losses = 0;
  let lost: Unavailable | null = null;
  return (limitMs) => {
    const startedMs = clock.monotonicMs();
    return async (take) => {
      if (lost !== null) return lost;
      if (clock.monotonicMs() - startedMs > limitMs) return tooLate;
      try {
        const seen = await viewed(take);
        reached = true;
        losses = 0;
        return seen;
      } catch (error) {
        if (!reached || !(error instanceof SpillwayError) || error.code !== 'unreachable') throw error;
        losses += 1;
        const missing = unavailableFor(error);
        if (losses === 2) lost = missing;
        return missing;
      }
    };
  };
}

const tooLate: Unavailable = {
  unavailable: 'not looked at: the server answers slowly, and the time for the whole look was used up',
  suggestion: null,
};

export function isUnavailable<T>(view: Viewed<T>): view is Unavailable {
  return typeof view === 'object' && view !== null && 'unavailable' in view;
}

function unavailableFor(error: SpillwayError): Unavailable {
  return { unavailable: error.message, suggestion: error.suggestions[0] ?? null };
}
