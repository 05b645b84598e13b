import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, readFile, rename, unlink } from 'node:fs/promises';
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
      await takeAway(path, holder);
    } else if (performance.now() > deadline) {
      throw new SpillwayError(
        'locked',
        `the file ${path} is held by another process of this machine (${holder ?? 'unknown'})`,
        {
          suggestions: ['wait for the other command to end, then try again'],
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

function isHeldByLiving(holder: string, identity: ProcessIdentity): boolean {
  const { pid } = JSON.parse(holder) as { pid: number };
  return identity.isAlive(pid);
}

/** Moves the dead holder's file aside; if somebody else's new lock was moved by mistake, it is put back. */
async function takeAway(path: string, dead: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await read(aside)) !== dead) await link(aside, path);
  await unlink(aside);
}
