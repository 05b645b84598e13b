import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, SpillwayError } from '../core/errors.ts';
import { createRedis } from './connections.ts';
import { loopback } from './names.ts';
import { isRunning, type ProcessIdentity } from './process-identity.ts';
import { startDetached } from './processes.ts';

export interface RedisServerOptions {
  /** The server's working folder; its configuration, which holds the password, stands there with mode 0600. */
  readonly folder: string;
  readonly path: string;
  readonly port: number;
  readonly password: string;
  readonly logFile: string;
  /** The server that was started before, if any. */
  readonly known: ProcessIdentity | null;
  /** Told at once when a server was started. */
  onStarted(identity: ProcessIdentity): void;
}

/**
 * Starts Redis (or Valkey) unless it runs, and waits until it answers. Loopback only, with a password and without
 * persistence: what is queued lives as long as the server.
 */
export async function ensureRedisServer(options: RedisServerOptions): Promise<void> {
  const identity = isRunning(options.known) ? options.known : await start(options);
  options.onStarted(identity);
  await waitUntilReady(identity, options);
}

function start(options: RedisServerOptions): Promise<ProcessIdentity> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const configuration = join(options.folder, 'redis.conf');
  const lines = [
    `bind ${loopback}`,
    `port ${options.port}`,
    `requirepass ${options.password}`,
    `dir ${JSON.stringify(options.folder)}`,
    'save ""',
    'appendonly no',
    'daemonize no',
  ];
  writeFileSync(configuration, `${lines.join('\n')}\n`, { mode: 0o600 });
  return startDetached({
    command: options.path,
    args: [configuration],
    cwd: options.folder,
    logFile: options.logFile,
  });
}

async function waitUntilReady(identity: ProcessIdentity, options: RedisServerOptions): Promise<void> {
  const deadline = performance.now() + 20_000;
  const redis = await createRedis({ ...options, connectionName: 'lab-up' });
  let last = 'no answer';
  redis.on('error', (error) => {
    last = messageOf(error);
  });
  try {
    for (;;) {
      try {
        await redis.ping();
        return;
      } catch (error) {
        if (!isRunning(identity) || performance.now() > deadline)
          throw new SpillwayError('failed', `Redis did not start: ${last}; see ${options.logFile}`, {
            cause: error,
          });
      }
      await delay(20);
    }
  } finally {
    redis.disconnect();
  }
}
