import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { SpillwayError } from '../core/errors.ts';
import type { LabHost } from './host.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';

export interface DetachedProcess {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Standard output and standard error are appended to this file. */
  readonly logFile: string;
  /** Runs as this user when given; only root can. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** Starts a process in a session of its own, so that it outlives the caller and its terminal. */
export async function startDetached(options: DetachedProcess): Promise<ProcessIdentity> {
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    const child = spawn(options.command, [...options.args], {
      cwd: options.cwd,
      detached: true,
      stdio: ['ignore', log, log],
      ...(options.user ? { uid: options.user.uid, gid: options.user.gid } : {}),
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (!identity)
      throw new SpillwayError('failed', `${options.command} ended at once; see ${options.logFile}`);
    return identity;
  } finally {
    closeSync(log);
  }
}

export interface StopOptions {
  readonly signal: NodeJS.Signals;
  /** How long the process may take to end by itself, in milliseconds. */
  readonly graceMs: number;
  /** Whether to send SIGKILL after that. Never for a database. */
  readonly thenKill: boolean;
}

/**
 * Stops exactly this process and waits until it is gone. A process that is not there any more, or a stranger that was
 * given the same pid, is left alone.
 * @returns whether there was anything to stop
 * @throws SpillwayError `failed` when it still runs after all that was allowed
 */
export async function stopProcess(
  host: LabHost,
  identity: ProcessIdentity | null,
  options: StopOptions,
): Promise<boolean> {
  if (!isRunning(identity)) return false;
  signalProcess(host, identity, options.signal);
  if (await hasEnded(identity, options.graceMs)) return true;
  if (options.thenKill) {
    signalProcess(host, identity, 'SIGKILL');
    if (await hasEnded(identity, 5_000)) return true;
  }
  throw new SpillwayError('failed', `process ${identity.pid} did not end within ${options.graceMs} ms`);
}

function signalProcess(host: LabHost, identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    host.signal(identity.pid, signal);
  } catch (error) {
    // it ended between the look and the signal
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function hasEnded(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (isRunning(identity)) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}
