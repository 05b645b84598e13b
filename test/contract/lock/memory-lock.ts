import type { Clock } from '../../../src/lib/core/clock.ts';
import type { LockHolder, LockHome } from '../../../src/lib/core/lock.ts';

/**
 * A lock in this process, for tests of what stands on one; it passes the same suite as the real ones. The returned function opens it once more,
 * with the given lifetime in milliseconds.
 */
export function memoryLock(clock: Pick<Clock, 'monotonicMs'>): (lifetimeMs?: number) => LockHome {
  let token = 0;
  let held: { readonly holder: LockHolder; readonly expiresAtMs: number } | null = null;
  const current = () => (held !== null && clock.monotonicMs() < held.expiresAtMs ? held.holder : null);
  return (lifetimeMs = 60_000) => ({
    lifetimeMs,
    async acquire(holder, takeOver) {
      const other = current();
      const replaceable = takeOver !== null && JSON.stringify(takeOver) === JSON.stringify(other);
      if (other !== null && !replaceable) return { acquired: false, holder: other };
      token += 1;
      held = { holder, expiresAtMs: clock.monotonicMs() + lifetimeMs };
      return { acquired: true, token, tookOverFrom: other };
    },
    async confirm(under) {
      const holder = current();
      if (holder === null || under !== token) return false;
      held = { holder, expiresAtMs: clock.monotonicMs() + lifetimeMs };
      return true;
    },
    async release(under) {
      if (under === token) held = null;
    },
    inspect: async () => current(),
  });
}
