import { messageOf, SpillwayError } from '../core/errors.ts';
import { describeHolder, type LockHolder } from '../core/lock.ts';
import type { EngineEnvironment } from './environment.ts';

/** The lock while a run holds it, with its heartbeat. */
export interface HeldLock {
  readonly token: number;
  /** Throws SpillwayError `locked` when the lock was lost. */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes the target's lock for a run. The lock of a process of this machine that is gone is taken over, and so is any lock if `takeOver`; both are journaled.
 * Throws SpillwayError `locked` with the holder.
 */
export async function acquireLock<Read, Write>(
  env: EngineEnvironment<Read, Write>,
  runId: string,
  takeOver: boolean,
): Promise<HeldLock> {
  const { lock, operator, journal, clock } = env;
  const holder: LockHolder = {
    actor: operator.actor,
    host: operator.host,
    pid: operator.pid,
    runId,
    since: clock.now().toISOString(),
  };
  let result = await lock.acquire(holder, null);
  if (!result.acquired) {
    const isGone = result.holder.host === operator.host && !operator.isAlive(result.holder.pid);
    if (!isGone && !takeOver) {
      throw new SpillwayError(
        'locked',
        `target ${env.target} is in use by ${describeHolder(result.holder)}; nothing was changed.`,
        {
          suggestions: [
            'wait for that run to end',
            '--take-over   # if you know that it is gone; the takeover is journaled',
          ],
          details: { ...result.holder },
        },
      );
    }
    result = await lock.acquire(holder, result.holder);
    if (!result.acquired)
      throw new SpillwayError(
        'locked',
        `target ${env.target} was taken by ${describeHolder(result.holder)} meanwhile; nothing was changed.`,
      );
  }
  const { token, tookOverFrom } = result;
  if (tookOverFrom !== null) env.observe({ kind: 'lock-taken-over', from: describeHolder(tookOverFrom) });
  await journal.append({
    type: tookOverFrom === null ? 'lock.acquired' : 'lock.taken-over',
    run: runId,
    op: null,
    body: { token, from: tookOverFrom === null ? null : { ...tookOverFrom } },
  });
  let lost: string | null = null;
  const confirm = async () => {
    if (lost === null && !(await lock.confirm(token))) lost = 'the lock was taken over or has lapsed';
    if (lost !== null) {
      throw new SpillwayError(
        'locked',
        `this run no longer holds the lock of target ${env.target} (${lost}); it stops here.`,
        {
          suggestions: [`spillway runbook resume ${runId}`],
        },
      );
    }
  };
  const heartbeat = setInterval(() => {
    lock.confirm(token).then(
      (held) => {
        if (!held) lost = 'the lock was taken over or has lapsed';
      },
      // Not fatal by itself: the next write confirms again and fails there if the store is still away.
      (error: unknown) => env.progress(`lock heartbeat failed: ${messageOf(error)}`),
    );
  }, lock.lifetimeMs / 4);
  heartbeat.unref();
  return {
    token,
    confirm,
    async release() {
      clearInterval(heartbeat);
      await lock.release(token);
      await journal.append({ type: 'lock.released', run: runId, op: null, body: { token } });
    },
  };
}
