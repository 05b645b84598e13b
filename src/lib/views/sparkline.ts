const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** One bar a value, scaled to the largest; a value of 0 is the lowest bar. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(0, ...values);
  return values
    .map(
      (value) => bars[most === 0 ? 0 : Math.min(bars.length - 1, Math.floor((value / most) * bars.length))],
    )
    .join('');
}
