import { execFile } from 'node:child_process';
import { chown, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { keepProcess } from './keeper.ts';
import type { PostgresConnection, PostgresServer } from './postgres-server.ts';
import { postgresOwner } from './process-owner.ts';

const run = promisify(execFile);

/** A hot standby of a server, by streaming replication. */
export interface Standby {
  readonly connection: PostgresConnection;
  stop(): Promise<void>;
}

/** Copies the server and starts a hot standby on a free loopback port; takes a few seconds. */
export async function startStandby(primary: PostgresServer): Promise<Standby> {
  const owner = await postgresOwner();
  const folder = await mkdtemp(join(tmpdir(), 'spillway-test-standby-'));
  if (owner) await chown(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const { host, port: primaryPort, user, password } = primary.connection;
  await run(
    join(primary.binDir, 'pg_basebackup'),
    [
      ...['-D', data, '-h', host, '-p', String(primaryPort), '-U', user],
      ...['--write-recovery-conf', '--checkpoint=fast', '--no-sync', '--slot=standby', '--create-slot'],
    ],
    { cwd: folder, env: { PGPASSWORD: password, PATH: process.env['PATH'] }, ...owner },
  );
  const port = await freePort();
  const kept = await keepProcess({
    folder,
    signal: 'INT',
    owner,
    command: [
      join(primary.binDir, 'postgres'),
      ...[
        '-D',
        data,
        '-p',
        String(port),
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
      ],
      ...['-c', 'max_connections=200', '-c', 'fsync=off', '-c', 'shared_preload_libraries='],
    ],
  });
  const connection = { ...primary.connection, port };
  const giveUpAt = Date.now() + 30_000;
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
        throw new Error(`The standby did not start. Its log:\n${log}`, { cause: error });
      }
    }
    await delay(50);
  }
}
