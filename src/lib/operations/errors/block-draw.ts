/** Random numbers from a seed (mulberry32): a reading can be repeated, and a study of the intervals too. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Draws places out of 0 … `of`−1 without repetition; each call adds to the sample instead of drawing a new one. */
export function growingDraw(of: number, random: () => number): (more: number) => number[] {
  // Fisher and Yates, keeping only the places that were swapped.
  const swapped = new Map<number, number>();
  let drawn = 0;
  return (more) => {
    const fresh: number[] = [];
    for (let left = Math.min(more, of - drawn); left > 0; left -= 1) {
      const at = drawn + Math.floor(random() * (of - drawn));
      fresh.push(swapped.get(at) ?? at);
      swapped.set(at, swapped.get(drawn) ?? drawn);
      drawn += 1;
    }
    return fresh.sort((a, b) => a - b);
  };
}
