import { messageOf, SpillwayError } from '../core/errors.ts';
import { describeHolder, type LockHolder, type LockHome } from '../core/lock.ts';
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
  try {
    await journal.append({
      type: tookOverFrom === null ? 'lock.acquired' : 'lock.taken-over',
      run: runId,
      op: null,
      body: { token, from: tookOverFrom === null ? null : { ...tookOverFrom } },
    });
  } catch (error) {
    // Without the record nothing is changed, and nobody else should have to wait for the lock to lapse.
    await releaseAfter(error, lock, token);
  }
  let lost: string | null = null;
  const confirm = async () => {
    if (lost === null && !(await confirmed(lock, token))) lost = 'the lock was taken over or has lapsed';
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
      await released(lock, token, runId);
      await journal.append({ type: 'lock.released', run: runId, op: null, body: { token } });
    },
  };
}

/** A heartbeat whose answer was lost leaves no change of the target in doubt: the store is away, and that is what is said. */
async function confirmed(lock: LockHome, token: number): Promise<boolean> {
  try {
    return await lock.confirm(token);
  } catch (error) {
    throw asUnreachable(error, 'the lock could not be confirmed, so nothing more is changed');
  }
}

async function released(lock: LockHome, token: number, runId: string): Promise<void> {
  try {
    await lock.release(token);
  } catch (error) {
    const seconds = lock.lifetimeMs / 1_000;
    throw asUnreachable(
      error,
      `run ${runId} has ended and is journaled, but its lock could not be given back; it lapses by itself within ${seconds} s`,
    );
  }
}

async function releaseAfter(error: unknown, lock: LockHome, token: number): Promise<never> {
  try {
    await lock.release(token);
  } catch (releaseError) {
    throw new AggregateError([error, releaseError], messageOf(error));
  }
  throw error;
}

function asUnreachable(error: unknown, what: string): unknown {
  if (!(error instanceof SpillwayError)) return error;
  const code = error.code === 'unknown-outcome' ? 'unreachable' : error.code;
  const { suggestions, details } = error;
  return new SpillwayError(code, `${what}: ${error.message}`, { suggestions, details, cause: error });
}
