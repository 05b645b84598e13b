import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PostgresOptions } from '../../../src/lib/backends/postgres/options.ts';
import { postgresReader } from '../../../src/lib/backends/postgres/reader.ts';
import { postgresWriter } from '../../../src/lib/backends/postgres/writer.ts';
import { databaseHealth } from '../../../src/lib/operations/database/health.ts';
import { renderDatabaseHealth } from '../../../src/lib/views/database.ts';
import { plainStyle } from '../../../src/lib/views/style.ts';
import { startPgbouncer } from '../../servers/pgbouncer.ts';
import { startPostgres } from '../../servers/postgres-server.ts';
import { startStandby } from '../../servers/standby.ts';
import { readContext } from './context.ts';
import { createRole, optionsFor, orchestratorDatabase, orchestratorSchema } from './fixture.ts';

const input = databaseHealth.input.parse({ windowSeconds: 1, samples: 3 });

/** Handles that go with the test. */
function handles(options: PostgresOptions) {
  const made = { reader: postgresReader(options), writer: postgresWriter(options) };
  onTestFinished(async () => {
    await made.reader.close();
    await made.writer.close();
  });
  return made;
}

async function client(options: pg.ClientConfig): Promise<pg.Client> {
  const made = new pg.Client(options);
  // a server that ends takes its sessions along
  made.on('error', () => undefined);
  await made.connect();
  return made;
}

/** Names of the views that are missing. */
function missing(data: object): string[] {
  return Object.entries(data)
    .filter(([, view]) => typeof view === 'object' && view !== null && 'unavailable' in view)
    .map(([name]) => name);
}

/** What PostgreSQL 15 and older never have. */
const unsupported = (versionNumber: number) => (versionNumber < 160_000 ? ['io'] : []);

async function versionNumber(database: { query(sql: string): Promise<pg.QueryResultRow[]> }) {
  const [row] = await database.query(`select current_setting('server_version_num')::int as n`);
  return Number(row?.['n']);
}

describe('database.health on a bad day', () => {
  test('as a role without pg_monitor: what can be known, and the grant for the rest', async () => {
    const database = await orchestratorDatabase();
    await database.query('create extension pg_stat_statements');
    const role = await createRole(database);
    await database.query(`grant usage on schema orchestrator to ${role.user}`);
    const other = await client({ ...database, application_name: 'email' });
    onTestFinished(() => other.end());
    const { data } = await databaseHealth.plan(readContext(database.as(role.user, role.password)), input);
    expect(missing(data)).toEqual(['walFiles', ...unsupported(await versionNumber(database))]);
    expect(data.walFiles).toMatchObject({
      suggestion: expect.stringMatching(/^grant .*(pg_monitor|pg_ls_waldir).* to role_/),
    });
    if ('unavailable' in data.sessions || 'unavailable' in data.statements) throw new Error('missing');
    expect(data.sessions.hidden).toBeGreaterThan(0);
    expect(data.statements.hidden).toBeGreaterThan(0);
    expect(renderDatabaseHealth(data, plainStyle)).toContain('hidden from this role: grant pg_monitor');
  });

  test('through pgbouncer in transaction mode: the same views, and not its own sessions', async () => {
    const database = await orchestratorDatabase();
    const pooler = await startPgbouncer(database);
    onTestFinished(pooler.stop);
    const { data } = await databaseHealth.plan(
      readContext(handles(optionsFor({ ...pooler.connection, database: database.database }))),
      input,
    );
    expect(missing(data)).toEqual(['statements', ...unsupported(await versionNumber(database))]);
    if ('unavailable' in data.sessions) throw new Error(data.sessions.unavailable);
    expect(data.sessions.applications.map((one) => one.application)).not.toContain('spillway');
  });

  test('a statement that runs into its time-out costs its own view', async () => {
    const database = await orchestratorDatabase();
    await database.query(`create schema tools; create extension pg_stat_statements schema tools;
      alter function tools.pg_stat_statements(boolean) rename to counted;
      create function tools.pg_stat_statements(boolean) returns setof tools.pg_stat_statements language plpgsql
        as 'begin perform pg_sleep(60); return query select * from tools.counted($1); end'`);
    const { data } = await databaseHealth.plan(readContext(database), input);
    expect(missing(data)).toEqual(['statements', ...unsupported(await versionNumber(database))]);
    expect(data.statements).toMatchObject({ unavailable: expect.stringContaining('longer than its limit') });
  });

  test('a table that is locked exclusively hides its size, and nothing else', async () => {
    const database = await orchestratorDatabase();
    await database.query(
      `insert into orchestrator.error_log (channel, code, detail) select 'sms', 'X', 'y' from generate_series(1, 500)`,
    );
    const holder = await client({ ...database });
    onTestFinished(() => holder.end());
    await holder.query('begin; lock table orchestrator.error_log in access exclusive mode');
    const { data } = await databaseHealth.plan(readContext(database), input);
    if ('unavailable' in data.growth) throw new Error(data.growth.unavailable);
    expect(data.growth.locked).toEqual(['orchestrator.error_log']);
    expect(data.growth.tables.find((one) => one.table === 'orchestrator.clients')?.bytes).toBeGreaterThan(0);
    expect(missing(data)).toEqual(['statements', ...unsupported(await versionNumber(database))]);
  });
});

describe('database.health on a server of its own', () => {
  test('on a hot standby says so, and how far it is behind; the primary shows its replica and its slot', async () => {
    const primary = await startPostgres();
    onTestFinished(primary.stop);
    const admin = await client({ ...primary.connection });
    onTestFinished(() => admin.end());
    await admin.query(orchestratorSchema);
    const standby = await startStandby(primary);
    onTestFinished(standby.stop);
    const onStandby = handles(optionsFor(standby.connection));
    await expect
      .poll(
        async () => (await admin.query(`select 1 from pg_stat_replication where state = 'streaming'`)).rows,
      )
      .toHaveLength(1);
    const { data, summary } = await databaseHealth.plan(readContext(onStandby), input);
    expect(summary).toContain('his is a hot standby');
    expect(missing(data).sort()).toEqual(
      ['errorLog', 'statements', 'tables', ...unsupported(primary.major * 10_000)].sort(),
    );
    expect(data.errorLog).toMatchObject({ unavailable: expect.stringContaining('by the primary only') });
    expect(data.replication).toMatchObject({
      replicas: [],
      standby: { receiving: true, unreplayedBytes: expect.any(Number), seconds: expect.any(Number) },
    });
    const seen = await databaseHealth.plan(readContext(handles(optionsFor(primary.connection))), input);
    expect(seen.data.replication).toMatchObject({
      replicas: [{ state: 'streaming', sync: 'async' }],
      standby: null,
    });
    expect(seen.data.slots).toMatchObject({ slots: [{ name: 'standby', active: true }] });
  });

  test('with all connections taken says so at once', async () => {
    const server = await startPostgres({
      settings: { max_connections: '6', superuser_reserved_connections: '1' },
    });
    onTestFinished(server.stop);
    const admin = await client({ ...server.connection });
    onTestFinished(() => admin.end());
    await admin.query(`create role worker login password 'w'`);
    const worker = { ...server.connection, user: 'worker', password: 'w' };
    for (let taken = 0; taken < 4; taken += 1) {
      const one = await client({ ...worker });
      onTestFinished(() => one.end());
    }
    await expect(databaseHealth.plan(readContext(handles(optionsFor(worker))), input)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('all its connections are taken'),
      suggestions: [expect.stringContaining('reserved_connections')],
    });
  });

  test('a session that freezes costs the view that it was in: the rest is seen through another', async () => {
    const server = await startPostgres();
    onTestFinished(server.stop);
    const admin = await client({ ...server.connection });
    onTestFinished(() => admin.end());
    await admin.query(orchestratorSchema);
    const looking = handles({ ...optionsFor(server.connection), statementTimeoutMs: 500 });
    const context = readContext(looking);
    await context.read.database.connections();
    const { rows } = await admin.query(
      `select pid from pg_stat_activity where application_name = 'spillway'`,
    );
    const pid = Number(rows[0]?.pid);
    // after the first two views: the server was reached
    let views = 0;
    const database = new Proxy(context.read.database, {
      get(target, name, receiver) {
        views += 1;
        if (views === 2) process.kill(pid, 'SIGSTOP');
        return Reflect.get(target, name, receiver);
      },
    });
    try {
      const { data } = await databaseHealth.plan({ ...context, read: { ...context.read, database } }, input);
      expect(data.statements).toMatchObject({ unavailable: expect.stringContaining('no answer') });
      expect(data.sessions).toMatchObject({ samples: 3 });
      expect(data.replication).toMatchObject({ replicas: [] });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });
});
