/** A number that looks random and depends only on the two given: a murmur finalizer over 32 bits. For a fixed `key` it is a bijection. */
export function mix(value: number, key: number): number {
  let bits = (value ^ key) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** A repeatable sequence of numbers in [0, 1). */
export function sequence(seed: number): () => number {
  let position = 0;
  const key = mix(seed, 0x9e3779b9);
  return () => mix(++position, key) / 2 ** 32;
}

/** A repeatable shuffle; the input is left as it is. */
export function shuffled<Item>(items: readonly Item[], next: () => number): Item[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1));
    const moved = result[last] as Item;
    result[last] = result[other] as Item;
    result[other] = moved;
  }
  return result;
}

/**
 * Splits `total` into `parts` whole numbers that differ, add up to it exactly, and stay within a factor of about three of
 * each other.
 */
export function unevenSplit(total: number, parts: number, next: () => number): number[] {
  const weights = Array.from({ length: parts }, () => 0.5 + next());
  const sum = weights.reduce((whole, weight) => whole + weight, 0);
  const shares = weights.map((weight) => Math.floor((total * weight) / sum));
  const rest = total - shares.reduce((whole, share) => whole + share, 0);
  return shares.map((share, index) => share + (index < rest ? 1 : 0));
}
