import { setTimeout as delay } from 'node:timers/promises';

/** Waits, or less when the process is told to stop. */
export async function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal: stop });
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

/** How long to wait before trying an unreachable store again, in milliseconds: doubling, at most one second. */
export function backoffMs(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 5), 1_000);
}
