import { SpillwayError } from '../../core/errors.ts';

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * A time as it is typed: `90s`, `15m`, `2h`, `3d` before `nowEpochSeconds`, or ISO-8601 (a time without an offset is local). Gives seconds since 1970.
 * Throws SpillwayError `usage` for anything else, and for a time to come.
 */
export function momentOf(text: string, nowEpochSeconds: number): number {
  const ago = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(text.trim());
  const at =
    ago === null
      ? Date.parse(/^\d{4}-\d{2}-\d{2}/.test(text) ? text : '') / 1_000
      : nowEpochSeconds - Number(ago[1]) * (secondsOf[ago[2] ?? ''] ?? Number.NaN);
  if (!Number.isFinite(at))
    throw new SpillwayError('usage', `"${text}" is not a time.`, {
      suggestions: ['--since 15m   # or 90s, 2h, 3d', '--since 2026-01-31T08:15:00+01:00'],
    });
  if (at > nowEpochSeconds + 60)
    throw new SpillwayError('usage', `"${text}" is still to come, by the server's clock.`, {
      suggestions: ['--since 15m'],
    });
  return at;
}
