import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Redis } from 'ioredis';
import type pg from 'pg';
import { roles } from '../../src/lib/lab/names.ts';
import type { E2eLab } from './e2e-lab.ts';

type Hashes = Readonly<Record<string, string>>;

/** Everything that a command could have changed. Two of them are equal when nothing was. */
export interface Fingerprint {
  /** Table → hash of its rows, in order. */
  readonly tables: Hashes;
  readonly sequences: Hashes;
  /** The number that the next writing transaction of Postgres gets: also one that left no trace would have moved it. */
  readonly nextTransaction: string;
  /** Key → hash of its value as DUMP gives it, and when it expires. */
  readonly keys: Hashes;
  /** Writing command of Redis → calls since the server started. */
  readonly writeCalls: Hashes;
  /** File below the state folder (incidents, journal, archives, snapshots, receivers' inbox, the lab's record) → hash of its content. */
  readonly files: Hashes;
}

/** What the stores themselves write while they run. */
const storesOwn = new Set(
  ['logs', 'postgres', 'redis'].map((name) => join('state', 'spillway', 'lab', name)),
);

/** Keeps Postgres from starting writing transactions by itself, so that `nextTransaction` is of the tests' doing only. */
export async function quietenPostgres(lab: E2eLab): Promise<void> {
  await lab.withPostgres(roles.admin, async (client) => {
    await client.query('alter system set autovacuum = off');
    await client.query('select pg_reload_conf()');
    for (;;) {
      const workers = await client.query(
        `select from pg_stat_activity where backend_type like 'autovacuum%'`,
      );
      if (workers.rowCount === 0) return;
    }
  });
}

export async function fingerprint(lab: E2eLab): Promise<Fingerprint> {
  const [database, store, files] = await Promise.all([
    lab.withPostgres(roles.admin, databaseFingerprint),
    lab.inside.withRedis(storeFingerprint),
    fileHashes(lab.stateDir),
  ]);
  return { ...database, ...store, files };
}

async function databaseFingerprint(client: pg.Client) {
  await client.query('begin isolation level repeatable read read only');
  const found = await client.query<{ kind: string; name: string }>(
    `select c.relkind as kind, format('%I.%I', n.nspname, c.relname) as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'S', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
      order by 2`,
  );
  const tables: Record<string, string> = {};
  const sequences: Record<string, string> = {};
  for (const { kind, name } of found.rows) {
    const rows =
      kind === 'S'
        ? `select last_value || ' ' || is_called as hash from ${name}`
        : `select count(*) || ' rows ' || coalesce(md5(string_agg(t::text, e'\\n' order by t::text)), '') as hash from ${name} t`;
    const [row] = (await client.query<{ hash: string }>(rows)).rows;
    (kind === 'S' ? sequences : tables)[name] = row?.hash ?? '';
  }
  const next = await client.query<{ next: string }>(
    'select pg_snapshot_xmax(pg_current_snapshot())::text as next',
  );
  await client.query('commit');
  return { tables, sequences, nextTransaction: next.rows[0]?.next ?? '' };
}

async function storeFingerprint(redis: Redis) {
  const keys: Record<string, string> = {};
  for (const key of (await redis.keys('*')).sort()) {
    const value = await redis.dumpBuffer(key);
    keys[key] = `${hashOf(value)} expires ${String(await redis.call('PEXPIRETIME', key))}`;
  }
  const writing = (await redis.call('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'write')) as string[];
  const writeCommands = new Set(writing);
  const writeCalls: Record<string, string> = {};
  for (const [, name = '', calls = ''] of (await redis.info('commandstats')).matchAll(
    /^cmdstat_([^:]+):calls=(\d+)/gm,
  ))
    if (writeCommands.has(name)) writeCalls[name] = calls;
  return { keys, writeCalls };
}

async function fileHashes(root: string): Promise<Hashes> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = relative(root, join(entry.parentPath, entry.name));
    if ([...storesOwn].some((folder) => path === folder || path.startsWith(`${folder}/`))) continue;
    files[path] = entry.isFile() ? hashOf(await readFile(join(root, path))) : 'folder';
  }
  return files;
}

function hashOf(bytes: Buffer | null): string {
  return bytes === null ? 'gone' : createHash('sha256').update(bytes).digest('hex');
}
