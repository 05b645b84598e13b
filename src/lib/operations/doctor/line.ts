import { SpillwayError } from '../../core/errors.ts';

/**
 * `fine`; `advice`: works, and could be better; `act`: something must be done; `unknown`: could not be examined.
 * Every line that is not fine says what to type.
 */
export type DoctorState = 'fine' | 'advice' | 'act' | 'unknown';

/** One thing that was examined. */
export interface DoctorLine {
  readonly area: 'program' | 'configuration' | 'postgres' | 'redis' | 'privileges' | 'clock' | 'journal';
  readonly name: string;
  readonly state: DoctorState;
  readonly detail: string;
  /** Commands, statements or settings to type; empty when it is fine. */
  readonly type: readonly string[];
}

export function fine(area: DoctorLine['area'], name: string, detail: string): DoctorLine {
  return { area, name, state: 'fine', detail, type: [] };
}

/** A line that is not fine. */
export function notFine(
  state: Exclude<DoctorState, 'fine'>,
  area: DoctorLine['area'],
  name: string,
  detail: string,
  type: readonly string[],
): DoctorLine {
  return { area, name, state, detail, type };
}

/** Runs an examination; what it could not do becomes a line. Bugs are thrown on. */
export async function examined(
  area: DoctorLine['area'],
  name: string,
  examine: () => Promise<readonly DoctorLine[]>,
): Promise<readonly DoctorLine[]> {
  try {
    return await examine();
  } catch (error) {
    if (!(error instanceof SpillwayError) || error.code === 'interrupted') throw error;
    const again = 'spillway doctor   # again, when that is mended';
    return [
      notFine('act', area, name, error.message, error.suggestions.length > 0 ? error.suggestions : [again]),
    ];
  }
}

/** How wrong a clock may be before times in timelines and freshness of rows mislead, in milliseconds. */
const tolerableMs = 1_000;

/** Compares a server's clock with this machine's. */
export function clockLine(
  server: string,
  { clockAheadMs, clockErrorMs }: { readonly clockAheadMs: number; readonly clockErrorMs: number },
): DoctorLine {
  const off = Math.abs(clockAheadMs);
  const seconds = `${(off / 1_000).toFixed(off < 10_000 ? 2 : 0)} s`;
  const detail = `${seconds} ${clockAheadMs < 0 ? 'behind' : 'ahead of'} this machine (± ${Math.ceil(clockErrorMs)} ms)`;
  if (off <= tolerableMs + clockErrorMs) return fine('clock', server, detail);
  return notFine('act', 'clock', server, `${detail}: times in timelines and fresh rows will mislead`, [
    'timedatectl timesync-status   # on both machines: which one is wrong?',
    'timedatectl set-ntp true   # there',
  ]);
}
