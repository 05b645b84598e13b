/** Numbers as the sentences of findings write them. */

/** `1,873` */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `1,873/s`, `4.2/s` */
export function rate(perSecond: number): string {
  return `${perSecond >= 10 || perSecond === 0 ? whole(perSecond) : perSecond.toFixed(1)}/s`;
}

/** `99 %`. Takes a share, 0–1. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/** `0.8 s`, `35 s`, `12 min`, `3.5 h`, `2 d` */
export function span(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 6_000) return `${(seconds / 60).toFixed(0)} min`;
  return seconds < 172_800 ? `${(seconds / 3_600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(0)} d`;
}

/** `64.0 MB`, `1.2 GB` */
export function size(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `1 session`, `12 sessions` */
export function many(value: number, one: string): string {
  return `${whole(value)} ${one}${Math.round(value) === 1 ? '' : 's'}`;
}

/** The first few, and how many more. */
export function listed(words: readonly string[], most = 5): string {
  const rest = words.length - most;
  return rest > 0 ? `${words.slice(0, most).join(', ')} and ${rest} more` : words.join(', ');
}
