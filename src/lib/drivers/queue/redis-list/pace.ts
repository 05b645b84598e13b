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

export const defaultPace: PaceLimits = { first: 500, least: 50, most: 1_000, targetMs: 2 };

/**
 * Fits the size of pieces to the round trip, because Redis from 7.2 on stops the clock inside scripts. It grows slowly and shrinks at once;
 * a network that is slow by itself cannot push it below `least`.
 */
export function adaptivePace({ first, least, most, targetMs }: PaceLimits): Pace {
  let size = Math.min(first, most);
  return {
    size: () => size,
    took(elapsedMs) {
      const factor = elapsedMs > 0 ? targetMs / elapsedMs : 2;
      const wanted = Math.floor(size * Math.min(1.1, Math.max(0.5, factor)));
      size = Math.max(least, Math.min(most, wanted === size ? size + 1 : wanted));
    },
  };
}
