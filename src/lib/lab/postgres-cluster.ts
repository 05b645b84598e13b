import { execFile } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { messageOf, SpillwayError } from '../core/errors.ts';
import { openPostgres } from './connections.ts';
import type { LabHost } from './host.ts';
import { loopback, roles } from './names.ts';
import { isRunning, type ProcessIdentity } from './process-identity.ts';
import { startDetached } from './processes.ts';

const run = promisify(execFile);

export interface ClusterOptions {
  /** The folder above the data folder; made when it is missing. */
  readonly folder: string;
  readonly binDir: string;
  readonly port: number;
  readonly adminPassword: string;
  /** The postmaster that was started before, if any. */
  readonly known: ProcessIdentity | null;
  /** Told at once when a postmaster was started, long before it is ready. */
  onStarted(identity: ProcessIdentity): void;
}

interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Makes the cluster unless it is there, starts it unless it runs, and waits until it takes connections. Loopback only,
 * passwords by SCRAM, every commit is fsynced.
 */
export async function ensureCluster(host: LabHost, options: ClusterOptions): Promise<void> {
  const user = host.uid === 0 ? await unprivilegedUser() : undefined;
  const data = join(options.folder, 'data');
  makeFolder(options.folder, host.uid, user);
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(options, data, user);
  // a postmaster that was killed leaves backends behind for a moment, and they keep the next one from starting
  for (let attempt = 1; ; attempt += 1) {
    const identity = isRunning(options.known) ? options.known : await startPostmaster(options, data, user);
    options.onStarted(identity);
    const failure = await waitUntilReady(identity, options);
    if (failure === undefined) return;
    if (attempt === 5 || isRunning(identity))
      throw new SpillwayError(
        'failed',
        `PostgreSQL did not start: ${failure}; see ${logFile(options.folder)}`,
      );
    await delay(500);
  }
}

function logFile(folder: string): string {
  return join(folder, 'postgres.log');
}

/** Removes the cluster and its folder. */
export function removeCluster(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

function makeFolder(folder: string, uid: number, user: SystemUser | undefined): void {
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stat = lstatSync(folder);
  // /var/tmp is everybody's: somebody else's folder, or a link, of this name must not be trusted with the data
  if (!stat.isDirectory() || (stat.uid !== uid && stat.uid !== user?.uid))
    throw new SpillwayError('refused', `${folder} is in the way: it belongs to somebody else`);
  if (user) chownSync(folder, user.uid, user.gid);
}

async function unprivilegedUser(): Promise<SystemUser> {
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch (error) {
      // `id` exits 1 when there is no such user
      if (!(error instanceof Error && 'code' in error && error.code === 1)) throw error;
    }
  }
  throw new SpillwayError(
    'failed',
    'PostgreSQL does not run as root, and there is neither a user postgres nor nobody',
  );
}

async function initialise(
  options: ClusterOptions,
  data: string,
  user: SystemUser | undefined,
): Promise<void> {
  // a cluster that was interrupted while being made has no PG_VERSION in its final place
  const draft = join(options.folder, 'draft');
  rmSync(draft, { recursive: true, force: true });
  const passwordFile = `${draft}.password`;
  writeFileSync(passwordFile, `${options.adminPassword}\n`, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  try {
    await run(
      join(options.binDir, 'initdb'),
      [
        '-D',
        draft,
        '-U',
        roles.admin,
        '-A',
        'scram-sha-256',
        '--pwfile',
        passwordFile,
        '-E',
        'UTF8',
        '--locale=C',
      ],
      { cwd: options.folder, ...(user ?? {}) },
    );
    renameSync(draft, data);
  } catch (error) {
    throw new SpillwayError('failed', `initdb failed: ${messageOf(error)}`, { cause: error });
  } finally {
    rmSync(passwordFile);
  }
}

function startPostmaster(
  options: ClusterOptions,
  data: string,
  user: SystemUser | undefined,
): Promise<ProcessIdentity> {
  const settings: Record<string, string | number> = {
    listen_addresses: loopback,
    port: options.port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '256MB',
    max_wal_size: '2GB',
    fsync: 'on',
    synchronous_commit: 'on',
    jit: 'off',
    timezone: 'UTC',
    ...(hasStatementStatistics(options.binDir) ? { shared_preload_libraries: 'pg_stat_statements' } : {}),
  };
  return startDetached({
    command: join(options.binDir, 'postgres'),
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    cwd: options.folder,
    logFile: logFile(options.folder),
    ...(user ? { user } : {}),
  });
}

/** Whether the library is installed: Debian puts it beside `bin`, Homebrew in lib/postgresql. */
export function hasStatementStatistics(binDir: string): boolean {
  const real = realpathSync(join(binDir, 'postgres'));
  const prefixes = [join(binDir, '..'), join(real, '..', '..')];
  return prefixes.some((prefix) =>
    ['lib', 'lib/postgresql'].some((lib) =>
      ['so', 'dylib'].some((suffix) => existsSync(join(prefix, lib, `pg_stat_statements.${suffix}`))),
    ),
  );
}

async function waitUntilReady(
  identity: ProcessIdentity,
  options: ClusterOptions,
): Promise<string | undefined> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    try {
      const client = await openPostgres({
        port: options.port,
        user: roles.admin,
        password: options.adminPassword,
        database: 'postgres',
        applicationName: 'lab up',
      });
      await client.end();
      return undefined;
    } catch (error) {
      // refused or "the database system is starting up": normal until it is ready, or until it has given up
      if (!isRunning(identity) || performance.now() > deadline) return messageOf(error);
    }
    await delay(25);
  }
}
