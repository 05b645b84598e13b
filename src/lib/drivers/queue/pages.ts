/** A run of messages within a queue. */
export interface PageSpan {
  readonly place: number;
  readonly size: number;
}

/** `pages` runs of `size` messages spread evenly over `length` messages; the whole length, cut into such runs, where they would cover it. */
export function spreadPages(length: number, pages: number, size: number): PageSpan[] {
  if (length <= pages * size) {
    const count = Math.ceil(length / size);
    return Array.from({ length: count }, (_, page) => ({
      place: page * size,
      size: Math.min(size, length - page * size),
    }));
  }
  // the middle of each of `pages` equal parts
  return Array.from({ length: pages }, (_, page) => ({
    place: Math.floor(((page + 0.5) * length) / pages - size / 2),
    size,
  }));
}
