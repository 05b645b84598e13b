import { expect, onTestFinished, test } from 'vitest';
import { postgresLock } from '../../../src/lib/backends/postgres/lock.ts';
import type { PostgresOptions } from '../../../src/lib/backends/postgres/options.ts';
import { postgresReader } from '../../../src/lib/backends/postgres/reader.ts';
import { postgresWriter } from '../../../src/lib/backends/postgres/writer.ts';
import { createDatabase } from '../../servers/database.ts';
import { holderOf, lockSuite } from './lock-suite.ts';

async function lockDatabase() {
  const database = await createDatabase();
  const handles: { close(): Promise<void> }[] = [];
  onTestFinished(async () => {
    for (const handle of handles) await handle.close();
    await database.drop();
  });
  const open = (lifetimeMs = 60_000, role: { user: string; password: string } = database) => {
    const options: PostgresOptions = {
      ...{ host: database.host, port: database.port, database: database.database, user: role.user },
      ...{ password: async () => role.password, tls: 'disable', applicationName: 'spillway' },
      ...{ connectTimeoutMs: 10_000, statementTimeoutMs: 10_000 },
    };
    const [reader, writer] = [postgresReader(options), postgresWriter(options)];
    handles.push(reader, writer);
    return postgresLock(reader, writer, lifetimeMs);
  };
  return { database, open };
}

lockSuite('Postgres', async () => {
  const { open } = await lockDatabase();
  return (lifetimeMs) => open(lifetimeMs);
});

test('a target in which no lock was ever taken has no holder, and no table is made to find that out', async () => {
  const { database, open } = await lockDatabase();
  expect(await open().inspect()).toBeNull();
  expect(await database.query("select to_regnamespace('spillway') as schema")).toEqual([{ schema: null }]);
});

test('a role that may not create a schema uses the table that was made for it', async () => {
  const { database, open } = await lockDatabase();
  const role = { user: `lock_${database.database}`, password: 'role-password' };
  await open().acquire(holderOf('run-first'), null);
  await database.query(`create role ${role.user} login password '${role.password}';
    grant usage on schema spillway to ${role.user}; grant select, insert, update on spillway.lock to ${role.user}`);
  onTestFinished(async () => {
    await database.query(`drop owned by ${role.user}; drop role ${role.user}`);
  });
  const bob = open(60_000, role);
  expect(await bob.acquire(holderOf('run-bob'), await bob.inspect())).toMatchObject({ acquired: true });
});

test('a role that may not create the table is told which grant is missing', async () => {
  const { database, open } = await lockDatabase();
  const role = { user: `lock_${database.database}`, password: 'role-password' };
  await database.query(`create role ${role.user} login password '${role.password}'`);
  onTestFinished(async () => {
    await database.query(`drop owned by ${role.user}; drop role ${role.user}`);
  });
  await expect(open(60_000, role).acquire(holderOf('run-bob'), null)).rejects.toMatchObject({
    code: 'failed',
    suggestions: [`grant create on database ${database.database} to ${role.user};`],
  });
});
