import { chown, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { findPgbouncer } from './find-pgbouncer.ts';
import { freePort } from './free-port.ts';
import { keepProcess } from './keeper.ts';
import type { PostgresConnection } from './postgres-server.ts';
import { postgresOwner } from './process-owner.ts';

/** A pgbouncer in transaction mode before a PostgreSQL; `connection` goes through it. */
export interface Pooler {
  readonly connection: PostgresConnection;
  stop(): Promise<void>;
}

/** Starts it on a free loopback port with two server connections a database, so that consecutive transactions may meet different ones. `logins` may pass. */
export async function startPgbouncer(
  server: PostgresConnection,
  logins: readonly { readonly user: string; readonly password: string }[] = [],
): Promise<Pooler> {
  const program = await findPgbouncer(process.env);
  const owner = await postgresOwner();
  const folder = await mkdtemp(join(tmpdir(), 'spillway-test-pgbouncer-'));
  const port = await freePort();
  const users = join(folder, 'users.txt');
  const settings = join(folder, 'pgbouncer.ini');
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await writeFile(
    users,
    [server, ...logins].map(({ user, password }) => `${quoted(user)} ${quoted(password)}\n`).join(''),
  );
  await writeFile(
    settings,
    [
      '[databases]',
      `* = host=${server.host} port=${server.port}`,
      '[pgbouncer]',
      `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`,
      `auth_type = scram-sha-256\nauth_file = ${users}`,
      'pool_mode = transaction\ndefault_pool_size = 2\nmax_client_conn = 50\n',
    ].join('\n'),
  );
  for (const path of owner ? [folder, users, settings] : [])
    await chown(path, owner?.uid ?? 0, owner?.gid ?? 0);
  const kept = await keepProcess({ folder, signal: 'INT', owner, command: [program, settings] });
  const connection = { ...server, port };
  const giveUpAt = Date.now() + 15_000;
  for (;;) {
    const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5_000 });
    try {
      await client.connect();
      await client.end();
      return { connection, stop: kept.stop };
    } catch (error) {
      if (!kept.running() || Date.now() > giveUpAt) {
        const log = await kept.log();
        await kept.stop();
        throw new Error(`pgbouncer did not start. Its log:\n${log}`, { cause: error });
      }
    }
    await delay(25);
  }
}
