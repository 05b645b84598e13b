import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, readFile, unlink } from 'node:fs/promises';
import { SpillwayError } from '../core/errors.ts';

/** How this process is told from others on the machine. */
export interface ProcessIdentity {
  readonly pid: number;
  isAlive(pid: number): boolean;
}

/**
 * Runs `work` while holding an exclusive lock file. The lock of a process that is gone is taken over.
 * Throws SpillwayError `locked` when another living process holds it for longer than `limitMs`.
 */
export async function withFileLock<T>(
  path: string,
  identity: ProcessIdentity,
  work: () => Promise<T>,
  limitMs = 5_000,
): Promise<T> {
  const content = JSON.stringify({ pid: identity.pid, token: randomUUID() });
  const deadline = performance.now() + limitMs;
  while (!(await create(path, content))) {
    const holder = await read(path);
    if (holder !== null && !isHeldByLiving(holder, identity)) {
      await takeAway(path, holder, identity);
    } else if (performance.now() > deadline) {
      throw new SpillwayError(
        'locked',
        `the file ${path} is held by another process of this machine (${holder ?? 'unknown'})`,
        {
          suggestions: [
            'wait for the other command to end, then try again',
            `rm ${path}   # only if that process is not a spillway command`,
          ],
        },
      );
    } else {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  try {
    return await work();
  } finally {
    await unlink(path);
  }
}

/** Written whole under another name and linked into place, so that nobody reads a lock without its content. */
async function create(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  const handle = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    await handle.writeFile(content);
  } finally {
    await handle.close();
  }
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Content that is no holder is what a crash of the machine left of a lock whose bytes never reached the disk: nobody holds it. */
function isHeldByLiving(holder: string, identity: ProcessIdentity): boolean {
  let parsed: unknown;
  try {
    parsed = JSON.parse(holder);
  } catch {
    return false;
  }
  const { pid } = (parsed ?? {}) as { pid?: unknown };
  return typeof pid === 'number' && identity.isAlive(pid);
}

/**
 * Removes the lock of a dead holder. Only one process may look and remove at a time, or a slow one would remove the next holder's lock:
 * that turn is a lock of its own, named after the dead holder's content, and is taken over in the same way.
 */
async function takeAway(path: string, dead: string, identity: ProcessIdentity): Promise<void> {
  const turn = `${path}.${createHash('sha256').update(dead).digest('hex').slice(0, 16)}`;
  await withFileLock(turn, identity, async () => {
    if ((await read(path)) === dead) await unlink(path);
  });
}
