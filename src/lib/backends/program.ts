import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { SpillwayError } from '../core/errors.ts';

/** Names of the environment that a child process may see; everything else, secrets first, stays with Spillway. */
const passedOn = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'KUBECONFIG',
  'DOCKER_HOST',
] as const;

/** The part of an environment that a child process gets. */
export function minimalEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of passedOn) {
    const value = environment[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

export interface ProgramOptions {
  /** The whole environment of the child. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Most bytes kept of each stream: the last ones. 64 KiB unless told. */
  readonly keepBytes?: number;
}

/** How a program ended. Its streams are raw: make them visible before showing them. */
export interface ProgramEnd {
  /** `exited`: by itself. `timed-out`, `aborted`: ended by us, by SIGTERM and then SIGKILL. */
  readonly how: 'exited' | 'timed-out' | 'aborted';
  /** 128 + number of the signal when a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const graceMs = 2_000;
const drainMs = 300;

/**
 * Runs a program with arguments, never through a shell, with nothing on its standard input and in a process group of its own, so that Ctrl-C at the
 * terminal reaches Spillway only, which then decides.
 * @throws SpillwayError `failed` when it cannot be started (not found, not executable)
 */
export async function runProgram(argv: readonly string[], options: ProgramOptions): Promise<ProgramEnd> {
  const [program, ...parameters] = argv;
  if (program === undefined) throw new SpillwayError('usage', 'The command is empty.');
  if (options.signal?.aborted) return { how: 'aborted', exitCode: 130, stdout: '', stderr: '' };
  const child = spawn(program, parameters, {
    shell: false,
    detached: true,
    env: { ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = tail(child.stdout, options.keepBytes ?? 65_536);
  const stderr = tail(child.stderr, options.keepBytes ?? 65_536);
  let how: ProgramEnd['how'] = 'exited';
  let forced: NodeJS.Timeout | undefined;
  const end = (reason: 'timed-out' | 'aborted') => {
    if (how !== 'exited') return;
    how = reason;
    child.kill('SIGTERM');
    forced = setTimeout(() => child.kill('SIGKILL'), graceMs);
  };
  const limit = setTimeout(() => end('timed-out'), options.timeoutMs);
  const aborted = () => end('aborted');
  options.signal?.addEventListener('abort', aborted, { once: true });
  try {
    const exitCode = await ended(child, program);
    return { how, exitCode, stdout: stdout(), stderr: stderr() };
  } finally {
    clearTimeout(limit);
    clearTimeout(forced);
    options.signal?.removeEventListener('abort', aborted);
  }
}

/** Waits for the exit and then for the streams, but not for a grandchild that keeps them open: a restarted service may live on with ours. */
function ended(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(
        new SpillwayError('failed', `Cannot start ${program}: ${error.message}.`, {
          suggestions: [`check that ${program} exists and may be executed`],
        }),
      );
    });
    child.once('exit', (code, signal) => {
      const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
      const done = () => {
        clearTimeout(drained);
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve(exitCode);
      };
      const drained = setTimeout(done, drainMs);
      child.once('close', done);
    });
  });
}

function tail(stream: NodeJS.ReadableStream, keepBytes: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    while (chunks.length > 1 && size - (chunks[0]?.length ?? 0) >= keepBytes)
      size -= chunks.shift()?.length ?? 0;
  });
  return () => Buffer.concat(chunks).subarray(-keepBytes).toString('utf8');
}
