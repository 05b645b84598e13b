/** How many messages the next atomic piece takes. */
export interface Pace {
  size(): number;
  /** Tells how long a piece took, from asking to answer, in milliseconds. */
  took(elapsedMs: number): void;
}

export interface PaceLimits {
  readonly first: number;
  readonly least: number;
  readonly most: number;
  /** A piece should take so long: other clients of the store wait for one piece at most. */
  readonly targetMs: number;
}

export const defaultPace: PaceLimits = { first: 500, least: 200, most: 1_000, targetMs: 2 };

/** Pieces between two adjustments. */
const window = 8;

/**
 * Fits the size of pieces to the round trip, because Redis from 7.2 on stops the clock inside scripts. What counts is the quickest of several pieces: the slower ones waited for
 * the network or for a processor, and smaller pieces would only make more of them wait. For the same reason a slow network cannot push the size below `least`.
 */
export function adaptivePace({ first, least, most, targetMs }: PaceLimits): Pace {
  let size = Math.min(first, most);
  let [quickest, seen] = [Number.POSITIVE_INFINITY, 0];
  return {
    size: () => size,
    took(elapsedMs) {
      quickest = Math.min(quickest, elapsedMs);
      seen += 1;
      if (seen < window) return;
      const factor = Math.min(1.25, Math.max(0.5, targetMs / Math.max(quickest, 0.01)));
      size = Math.max(least, Math.min(most, Math.round(size * factor)));
      [quickest, seen] = [Number.POSITIVE_INFINITY, 0];
    },
  };
}
