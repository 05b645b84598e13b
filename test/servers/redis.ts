import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findRedis } from '../../src/lib/backends/binaries.ts';
import { freePort } from './free-port.ts';
import { type KeptProcess, keepProcess } from './keeper.ts';

/** A private Redis (or Valkey) server without data. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  /** The password that was asked for, if any. */
  readonly password: string | undefined;
  /** For tests that pause (`SIGSTOP`) or kill the server. */
  readonly pid: number;
  /** What the server logged so far. */
  log(): Promise<string>;
  /** Ends it and removes its data. May be called twice, and after the server was killed. */
  stop(): Promise<void>;
}

/**
 * Starts a private Redis on a free loopback port, in some 50 ms. No persistence, unless `appendOnly` (every write on disk before its answer). `configuration` holds further
 * settings of redis.conf, such as `{maxmemory: '20mb'}`.
 * @throws SpillwayError when the machine has no such server: a failure, never a reason to skip.
 */
export async function startRedis(
  options: {
    readonly password?: string;
    readonly appendOnly?: boolean;
    readonly configuration?: Readonly<Record<string, string>>;
  } = {},
): Promise<RedisServer> {
  const { path } = await findRedis(process.env);
  const folder = await mkdtemp(join(tmpdir(), 'spillway-test-redis-'));
  const port = await freePort();
  const settings: Record<string, string> = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: options.appendOnly ? 'yes' : 'no',
    appendfsync: 'always',
    ...(options.password ? { requirepass: options.password } : {}),
    ...options.configuration,
  };
  const kept = await keepProcess({
    folder,
    signal: 'TERM',
    command: [path, ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])],
  });
  try {
    await answering(port, kept);
  } catch (error) {
    const log = await kept.log();
    await kept.stop();
    if (/Address already in use/.test(log)) return startRedis(options);
    throw new Error(`Redis did not start. Its log:\n${log}`, { cause: error });
  }
  return {
    host: '127.0.0.1',
    port,
    password: options.password,
    pid: kept.pid,
    log: kept.log,
    stop: kept.stop,
  };
}

/** Waits for `PONG`, or for the refusal of a server that wants a password: both come only from a server that is ready. */
async function answering(port: number, kept: KeptProcess): Promise<void> {
  const giveUpAt = Date.now() + 30_000;
  for (;;) {
    try {
      if (/^(\+PONG|-NOAUTH)/.test(await ping(port))) return;
    } catch (error) {
      if (!kept.running() || Date.now() > giveUpAt) throw error;
    }
    await delay(10);
  }
}

async function ping(port: number): Promise<string> {
  const socket = createConnection({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [data] = await once(socket, 'data');
    return String(data);
  } finally {
    socket.destroy();
  }
}
