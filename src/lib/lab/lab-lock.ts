import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { SpillwayError } from '../core/errors.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';

/**
 * Runs `work` while holding the lab's lock file: one `up`, `down` or restart at a time. The lock of a process that is gone is
 * taken over.
 * @param pid the caller's own pid
 * @throws SpillwayError `locked` when another process still holds it after `waitMs`
 */
export async function withLabLock<Result>(
  lockFile: string,
  pid: number,
  waitMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const self = identify(pid);
  if (!self) throw new Error(`process ${pid} does not run`);
  const claim = `${lockFile}.${pid}.${performance.now()}`;
  writeFileSync(claim, JSON.stringify(self), { mode: 0o600 });
  try {
    await acquire(lockFile, claim, waitMs);
  } finally {
    rmSync(claim);
  }
  try {
    return await work();
  } finally {
    // a purge has removed it already, with the folder
    rmSync(lockFile, { force: true });
  }
}

async function acquire(lockFile: string, claim: string, waitMs: number): Promise<void> {
  const deadline = performance.now() + waitMs;
  // link() is atomic and fails when the name exists; the file is complete from the moment it can be seen
  while (!linked(claim, lockFile)) {
    const holder = readHolder(lockFile);
    if (holder && !isRunning(holder)) takeAway(lockFile, claim, holder);
    else if (performance.now() > deadline)
      throw new SpillwayError(
        'locked',
        `another command works on the lab (process ${holder?.pid ?? 'unknown'})`,
        {
          suggestions: ['wait until it is done, then try again'],
        },
      );
    else await delay(50);
  }
}

function linked(claim: string, lockFile: string): boolean {
  try {
    linkSync(claim, lockFile);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(lockFile: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')) as ProcessIdentity;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Moves a dead holder's lock aside. What was moved is put back if, meanwhile, it became somebody else's. */
function takeAway(lockFile: string, claim: string, dead: ProcessIdentity): void {
  const aside = `${claim}.stale`;
  try {
    renameSync(lockFile, aside);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  const moved = readHolder(aside);
  if (moved && (moved.pid !== dead.pid || moved.startedAt !== dead.startedAt)) linked(aside, lockFile);
  rmSync(aside);
}
