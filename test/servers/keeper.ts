import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ProcessOwner } from './process-owner.ts';

/** A server process that ends, and whose folder goes, when `stop` is called or when the tests' own process is gone. */
export interface KeptProcess {
  readonly pid: number;
  /** False once the server has ended, by whatever cause. */
  running(): boolean;
  /** What the server wrote to its two output streams so far. */
  log(): Promise<string>;
  /** Ends the server, waits for its end, removes its folder. May be called twice. */
  stop(): Promise<void>;
}

const keeper = fileURLToPath(new URL('./keeper.sh', import.meta.url));

/** Starts `command` under the keeper. `folder` must be writable for `owner`; `signal` is the server's own signal for a quick, orderly end. */
export async function keepProcess(options: {
  readonly folder: string;
  readonly signal: 'INT' | 'TERM';
  readonly command: readonly string[];
  readonly owner?: ProcessOwner | undefined;
}): Promise<KeptProcess> {
  const { folder, signal, command, owner } = options;
  const child = spawn('/bin/sh', [keeper, folder, signal, ...command], {
    cwd: folder,
    // a process group of its own: Ctrl-C in the terminal reaches the tests, and their end reaches the keeper
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(owner ? { uid: owner.uid, gid: owner.gid } : {}),
  });
  const closed = once(child, 'close');
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), closed.then(() => undefined)]);
  const pid = Number(first?.[0]);
  if (!Number.isInteger(pid) || pid <= 0)
    throw new Error(`The keeper of ${command[0]} ended before it began.`);
  return {
    pid,
    running: () => isRunning(pid),
    log: () => readFile(join(folder, 'server.log'), 'utf8'),
    stop: async () => {
      child.stdin.end();
      await closed;
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
