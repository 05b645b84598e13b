import { execFile } from 'node:child_process';
import { chown, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPostgres } from '../../src/lib/backends/binaries.ts';
import { freePort } from './free-port.ts';
import { type KeptProcess, keepProcess } from './keeper.ts';
import { postgresOwner } from './process-owner.ts';

const run = promisify(execFile);

/** Where a PostgreSQL listens, and as whom to log in (a superuser of that server, scram password). */
export interface PostgresConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A private PostgreSQL server. `connection` is to the database `postgres`. */
export interface PostgresServer {
  readonly connection: PostgresConnection;
  readonly pid: number;
  readonly binDir: string;
  readonly major: number;
  /** What the server logged so far. */
  log(): Promise<string>;
  /** Ends it by fast shutdown and removes its data. */
  stop(): Promise<void>;
}

/**
 * Creates and starts a private PostgreSQL on a free loopback port; takes about a second. Tests that only need a database call `createDatabase()` instead;
 * this one is for tests that stop, pause or configure the server. `fsync` is off unless `durable`.
 * @throws SpillwayError when the machine has no PostgreSQL: a failure, never a reason to skip.
 */
export async function startPostgres(
  options: { readonly durable?: boolean; readonly settings?: Readonly<Record<string, string>> } = {},
): Promise<PostgresServer> {
  const { binDir, major } = await findPostgres(process.env);
  const owner = await postgresOwner();
  const folder = await mkdtemp(join(tmpdir(), 'spillway-test-pg-'));
  const password = 'spillway-test-password';
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (owner) {
    await chown(folder, owner.uid, owner.gid);
    await chown(passwordFile, owner.uid, owner.gid);
  }
  const data = join(folder, 'data');
  await run(
    join(binDir, 'initdb'),
    [
      ...['-D', data, '-U', 'postgres', '--pwfile', passwordFile, '--no-sync'],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C'],
    ],
    { cwd: folder, ...owner },
  );
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '64MB',
    shared_preload_libraries: 'pg_stat_statements',
    ...(options.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...options.settings,
  };
  const port = await freePort();
  const kept = await keepProcess({
    folder,
    signal: 'INT',
    owner,
    command: [
      join(binDir, 'postgres'),
      ...['-D', data, '-p', String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
  });
  const connection = { host: '127.0.0.1', port, user: 'postgres', password, database: 'postgres' };
  try {
    await answering(connection, kept);
  } catch (error) {
    const log = await kept.log();
    await kept.stop();
    // the extension is in a package of its own on some platforms, and another process may have taken the port
    if (!options.settings?.shared_preload_libraries && /access file "pg_stat_statements"/.test(log))
      return startPostgres({ ...options, settings: { ...options.settings, shared_preload_libraries: '' } });
    if (/could not bind|Address already in use/.test(log)) return startPostgres(options);
    throw new Error(`PostgreSQL did not start. Its log:\n${log}`, { cause: error });
  }
  return { connection, pid: kept.pid, binDir, major, log: kept.log, stop: kept.stop };
}

async function answering(connection: PostgresConnection, kept: KeptProcess): Promise<void> {
  const giveUpAt = Date.now() + 30_000;
  for (;;) {
    const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5_000 });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (!kept.running() || Date.now() > giveUpAt) throw error;
    }
    await delay(25);
  }
}
