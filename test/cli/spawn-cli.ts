import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** The program that users start; it runs what stands in `build/`. */
export const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

/** How a command ended. `exitCode` is null when a signal ended it. */
export interface CliResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface CliOptions {
  /** Added to a small environment (PATH, HOME, no colours); `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Standard input; without it standard input is empty. */
  readonly input?: string;
  /** The folder that holds the state and the configuration (see `createStateDir`). Without it the command gets a fresh one, removed at its end. */
  readonly stateDir?: string;
  /** Working folder; the state folder when absent, so that no spillway.yaml is found by chance. */
  readonly cwd?: string;
}

/** A command that still runs: for tests that interrupt or kill it. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly result: Promise<CliResult>;
}

/** A fresh folder for `stateDir`; the caller removes it with the function that comes along. */
export async function createStateDir(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'spillway-test-state-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** The environment of a command under test: of the surroundings only what a program needs to start, and its own state and configuration folders. */
export function cliEnvironment(stateDir: string, env: CliOptions['env'] = {}): Record<string, string> {
  const merged: Record<string, string | undefined> = {
    PATH: process.env.PATH,
    HOME: stateDir,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    NO_COLOR: '1',
    SPILLWAY_PG_BIN: process.env.SPILLWAY_PG_BIN,
    SPILLWAY_REDIS_BIN: process.env.SPILLWAY_REDIS_BIN,
    XDG_STATE_HOME: join(stateDir, 'state'),
    XDG_CONFIG_HOME: join(stateDir, 'config'),
    XDG_CACHE_HOME: join(stateDir, 'cache'),
    XDG_DATA_HOME: join(stateDir, 'data'),
    ...env,
  };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Starts the CLI without waiting for its end; `stateDir` is required because the command is expected to leave something. */
export function startCli(
  args: readonly string[],
  options: CliOptions & { readonly stateDir: string },
): RunningCli {
  const { stateDir, env, input, cwd = stateDir } = options;
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: cliEnvironment(stateDir, env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // a command that ends before it reads its input closes the pipe: that is its right
  child.stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') child.stdout.destroy(error);
  });
  child.stdin.end(input ?? '');
  return { child, result: outcome(child) };
}

/** Runs the built CLI to its end, by default with a state folder of its own and an empty standard input. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  if (options.stateDir !== undefined)
    return startCli(args, { ...options, stateDir: options.stateDir }).result;
  const own = await createStateDir();
  try {
    return await startCli(args, { ...options, stateDir: own.path }).result;
  } finally {
    await own.remove();
  }
}

async function outcome(child: ChildProcess): Promise<CliResult> {
  if (!child.stdout || !child.stderr) throw new Error('The command was started without pipes.');
  const [stdout, stderr, [exitCode, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { stdout, stderr, exitCode, signal };
}
