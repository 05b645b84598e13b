import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { SpillwayError } from '../core/errors.ts';

const run = promisify(execFile);

/** What the search reads of the environment: `PATH`, and the overrides `SPILLWAY_PG_BIN` (a folder) and `SPILLWAY_REDIS_BIN` (a file). */
export type SearchEnvironment = Readonly<Record<string, string | undefined>>;

/** The programs of one PostgreSQL server installation; all five stand in `binDir`. */
export interface PostgresBinaries {
  readonly binDir: string;
  /** As the server says it, such as `15.18`. */
  readonly version: string;
  readonly major: number;
}

/** A Redis-compatible server program. */
export interface RedisBinary {
  readonly path: string;
  readonly flavour: 'redis' | 'valkey';
  /** As the server says it, such as `7.0.15`. */
  readonly version: string;
}

const postgresPrograms = ['postgres', 'initdb', 'pg_ctl', 'pg_dump', 'pg_restore'] as const;
const oldestPostgres = 14;
const newestPostgres = 18;

/**
 * Finds a PostgreSQL 14–18 installation with all programs that Spillway starts. Looks in `SPILLWAY_PG_BIN` (and then nowhere else), in the folders of `PATH`,
 * then where Debian, Homebrew and the PostgreSQL packages put them, newest first.
 * @throws SpillwayError `failed`: not installed; its suggestion is the command to type, its details name the server. `usage`: the override is wrong
 */
export async function findPostgres(environment: SearchEnvironment): Promise<PostgresBinaries> {
  const override = environment.SPILLWAY_PG_BIN;
  const folders = override
    ? [override]
    : [...pathFolders(environment), ...(await versionedFolders())].filter(unique);
  for (const binDir of folders) {
    const found = await postgresIn(binDir);
    if (found) return found;
  }
  if (override)
    throw misdirected(
      `SPILLWAY_PG_BIN is ${override}, which does not hold ${postgresPrograms.join(', ')} of PostgreSQL ${oldestPostgres}–${newestPostgres}.`,
    );
  throw missing(
    'postgres',
    `PostgreSQL ${oldestPostgres}–${newestPostgres} is not installed (searched PATH and ${versionedPlaces.map((place) => place.parent).join(', ')}).`,
  );
}

/**
 * Finds `redis-server` or `valkey-server`: `SPILLWAY_REDIS_BIN` (and then nowhere else), the folders of `PATH`, then the usual places.
 * @throws SpillwayError `failed`: not installed; its suggestion is the command to type, its details name the server. `usage`: the override is wrong
 */
export async function findRedis(environment: SearchEnvironment): Promise<RedisBinary> {
  const override = environment.SPILLWAY_REDIS_BIN;
  const folders = [...pathFolders(environment), ...usualFolders].filter(unique);
  const candidates = override
    ? [override]
    : ['redis-server', 'valkey-server'].flatMap((program) => folders.map((folder) => join(folder, program)));
  for (const path of candidates) {
    const found = await redisAt(path);
    if (found) return found;
  }
  if (override)
    throw misdirected(`SPILLWAY_REDIS_BIN is ${override}, which is no redis-server or valkey-server.`);
  throw missing(
    'redis',
    'Neither redis-server nor valkey-server is installed (searched PATH and the usual folders).',
  );
}

const usualFolders = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

/** Folders that hold one installation a version; `pattern` captures the major version from the folder's name. */
const versionedPlaces = [
  { parent: '/usr/lib/postgresql', pattern: /^(\d+)$/ },
  { parent: '/opt/homebrew/opt', pattern: /^postgresql@(\d+)$/ },
  { parent: '/usr/local/opt', pattern: /^postgresql@(\d+)$/ },
  { parent: '/usr', pattern: /^pgsql-(\d+)$/ },
] as const;

async function versionedFolders(): Promise<string[]> {
  const found: { binDir: string; major: number }[] = [];
  for (const { parent, pattern } of versionedPlaces) {
    for (const entry of await entries(parent)) {
      const major = Number(pattern.exec(entry)?.[1]);
      if (major >= oldestPostgres && major <= newestPostgres)
        found.push({ binDir: join(parent, entry, 'bin'), major });
    }
  }
  return found.sort((left, right) => right.major - left.major).map(({ binDir }) => binDir);
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    // a place that this platform does not have, or that this user may not list, holds nothing for us
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

async function postgresIn(binDir: string): Promise<PostgresBinaries | undefined> {
  for (const program of postgresPrograms) if (!(await isExecutable(join(binDir, program)))) return undefined;
  const { stdout } = await run(join(binDir, 'postgres'), ['--version']);
  const version = /\(PostgreSQL\) (\S+)/.exec(stdout)?.[1];
  const major = Number.parseInt(version ?? '', 10);
  if (!version || !(major >= oldestPostgres && major <= newestPostgres)) return undefined;
  return { binDir, version, major };
}

async function redisAt(path: string): Promise<RedisBinary | undefined> {
  if (!(await isExecutable(path))) return undefined;
  const { stdout } = await run(path, ['--version']);
  // `Redis server v=7.0.15 …` and `Valkey server v=8.0.1 …`
  const parts = /^(Redis|Valkey) server v=(\S+)/i.exec(stdout);
  if (!parts?.[1] || !parts[2]) return undefined;
  return { path, flavour: parts[1].toLowerCase() === 'valkey' ? 'valkey' : 'redis', version: parts[2] };
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false;
    throw error;
  }
}

/** An override that is wrong is not mended by installing something. */
function misdirected(message: string): SpillwayError {
  return new SpillwayError('usage', message, { suggestions: ['set it right, or unset it'] });
}

function missing(server: 'postgres' | 'redis', message: string): SpillwayError {
  return new SpillwayError('failed', message, { suggestions: [installCommand(server)], details: { server } });
}

function installCommand(server: 'postgres' | 'redis'): string {
  if (platform() === 'darwin')
    return server === 'postgres' ? 'brew install postgresql@17' : 'brew install redis';
  return server === 'postgres' ? 'apt-get install -y postgresql' : 'apt-get install -y redis-server';
}

function pathFolders(environment: SearchEnvironment): string[] {
  return (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
}

function unique(value: string, index: number, values: readonly string[]): boolean {
  return values.indexOf(value) === index;
}

function isSystemError(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
