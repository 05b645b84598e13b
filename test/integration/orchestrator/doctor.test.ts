import { expect, onTestFinished, test } from 'vitest';
import type { PostgresOptions } from '../../../src/lib/backends/postgres/options.ts';
import { redisReader } from '../../../src/lib/backends/redis/handles.ts';
import type { DoctorLine } from '../../../src/lib/operations/doctor/line.ts';
import { doctorShow } from '../../../src/lib/operations/doctor/show.ts';
import type { Examination } from '../../../src/lib/orchestrator/examination.ts';
import { postgresExaminer } from '../../../src/lib/orchestrator/postgres-examination.ts';
import { redisExaminer } from '../../../src/lib/orchestrator/redis-examination.ts';
import { readContextOf } from '../../operations/context.ts';
import { startPgbouncer } from '../../servers/pgbouncer.ts';
import { startPostgres } from '../../servers/postgres-server.ts';
import { startRedis } from '../../servers/redis.ts';
import { startStandby } from '../../servers/standby.ts';
import { createRole, names, optionsFor, orchestratorDatabase } from './fixture.ts';

const program = { ok: true, version: '99.1', major: 99, place: '/somewhere' } as const;

function examiner(options: PostgresOptions, nowMs = Date.now) {
  const made = postgresExaminer({ options, names, mirrored: false, locked: false, nowMs });
  onTestFinished(() => made.close());
  return made;
}

/** The lines that the doctor gives, by name. */
async function doctor(parts: Partial<Examination>): Promise<Map<string, DoctorLine>> {
  const examination: Examination = {
    ...{ postgres: null, redis: null, programs: async () => ({ postgres: program, redis: program }) },
    ...parts,
  };
  const { data } = await doctorShow.plan(readContextOf({ read: { examination } }), {});
  for (const line of data.lines)
    expect(line.type.length > 0, `${line.name} says fine, or what to type`).toBe(line.state !== 'fine');
  expect(data.mustAct).toBe(data.lines.filter((line) => line.state === 'act').length);
  return new Map(data.lines.map((line) => [line.name, line]));
}

test('a target that is ready: every line is fine', async () => {
  const database = await orchestratorDatabase();
  await database.query('create extension pg_stat_statements');
  const [{ id } = { id: '' }] = await database.query<{ id: string }>(
    'select system_identifier::text as id from pg_control_system()',
  );
  const main = examiner(optionsFor(database));
  const lines = await doctor({ postgres: { main, reader: examiner(optionsFor(database)), pinned: id } });
  expect([...lines.values()].filter((line) => line.state !== 'fine')).toEqual([]);
  expect(lines.get('identity of the target')?.detail).toBe(`cluster ${id}, as pinned`);
  expect(lines.get('TLS, reading role')?.detail).toBe('plain text, on loopback');
  expect(lines.get('look')?.detail).toMatch(/holds all \d+ privileges/);
});

test('names each missing privilege with its grant, and a cluster that is another one than pinned', async () => {
  const database = await orchestratorDatabase();
  const role = await createRole(database);
  const options = optionsFor({ ...database, ...role });
  const lines = await doctor({ postgres: { main: examiner(options), reader: null, pinned: '123' } });
  expect(lines.get('identity of the target')).toMatchObject({
    state: 'act',
    detail: expect.stringContaining('the target pins cluster 123, and this is '),
  });
  expect(lines.get('look: pg_monitor')).toMatchObject({
    state: 'act',
    type: [`grant pg_monitor to "${role.user}";`],
  });
  expect(lines.get('stop, resume, switch: update (status) on orchestrator.conversations')).toMatchObject({
    state: 'act',
    type: [`grant update (status) on "orchestrator"."conversations" to "${role.user}";`],
  });
  expect(lines.get('reading role')).toMatchObject({ state: 'advice' });
  expect(lines.get('statement statistics')).toMatchObject({ state: 'advice' });
});

test('a mapping that does not fit the database says so', async () => {
  const database = await orchestratorDatabase();
  await database.query('drop table orchestrator.error_totals');
  const lines = await doctor({
    postgres: { main: examiner(optionsFor(database)), reader: null, pinned: null },
  });
  expect(lines.get('look: select on orchestrator.error_totals')).toMatchObject({
    state: 'act',
    detail: 'there is no such table in this database',
  });
});

test('a password that is refused and a server that is down are lines with what to type, not the end', async () => {
  const database = await orchestratorDatabase();
  const lines = await doctor({
    postgres: {
      main: examiner(optionsFor(database)),
      reader: examiner(optionsFor({ ...database, password: 'wrong' })),
      pinned: null,
    },
  });
  expect(lines.get('connection, reading role')).toMatchObject({
    state: 'act',
    detail: expect.stringContaining('the password was refused'),
  });
  expect(lines.get('connection, changing role')).toMatchObject({ state: 'fine' });
  const down = await doctor({
    postgres: { main: examiner(optionsFor({ ...database, port: 1 })), reader: null, pinned: null },
  });
  expect(down.get('connection, changing role')).toMatchObject({ state: 'act' });
  expect(JSON.stringify([...lines.values(), ...down.values()])).not.toContain(database.password);
});

test('a clock that is off is measured within the time of the question', async () => {
  const database = await orchestratorDatabase();
  const slow = () => Date.now() - 90_000;
  const lines = await doctor({
    postgres: { main: examiner(optionsFor(database), slow), reader: null, pinned: null },
  });
  expect(lines.get('PostgreSQL')).toMatchObject({
    area: 'clock',
    state: 'act',
    detail: expect.stringMatching(/^(89|90|91) s ahead of this machine/),
  });
});

test('recognises a pooler, and examines through it', async () => {
  const database = await orchestratorDatabase();
  const pooler = await startPgbouncer(database);
  onTestFinished(pooler.stop);
  const main = examiner(optionsFor({ ...pooler.connection, database: database.database }));
  const lines = await doctor({ postgres: { main, reader: null, pinned: null } });
  expect(lines.get('pooler, changing role')).toMatchObject({ state: 'advice' });
  expect(lines.get('stop, resume, switch')).toMatchObject({ state: 'fine' });
});

test('a hot standby cannot be changed, and a server that takes nobody more says why', async () => {
  const primary = await startPostgres({
    settings: { max_connections: '20', superuser_reserved_connections: '0' },
  });
  onTestFinished(primary.stop);
  const standby = await startStandby(primary);
  onTestFinished(standby.stop);
  const lines = await doctor({
    postgres: { main: examiner(optionsFor(standby.connection)), reader: null, pinned: null },
  });
  expect(lines.get('writable')).toMatchObject({ state: 'act', detail: expect.stringContaining('standby') });
  const { default: pg } = await import('pg');
  for (;;) {
    const client = new pg.Client({ ...primary.connection });
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (error) {
      expect(error).toMatchObject({ code: '53300' });
      break;
    }
    onTestFinished(() => client.end());
  }
  const full = await doctor({
    postgres: { main: examiner(optionsFor(primary.connection)), reader: null, pinned: null },
  });
  expect(full.get('connection, changing role')).toMatchObject({
    state: 'act',
    detail: expect.stringContaining('all its connections are taken'),
  });
});

test('tells which Redis commands the user may not send, and the rule that allows them', async () => {
  const server = await startRedis({ configuration: { 'maxmemory-policy': 'allkeys-lru' } });
  onTestFinished(server.stop);
  const connect = (username: string | null, password: string | null) => {
    const options = {
      ...{ host: server.host, port: server.port, username, database: 0, tls: false },
      password: password === null ? null : async () => password,
      ...{ connectTimeoutMs: 4_000, commandTimeoutMs: 4_000, connectionName: 'spillway' },
    };
    const handle = redisReader(options);
    onTestFinished(() => handle.close());
    const channels = [{ queue: 'orchestrator:{email}:queue', stats: 'orchestrator:{email}:stats' }];
    return redisExaminer(handle, options, channels, Date.now);
  };
  const all = await doctor({ redis: connect(null, null) });
  expect(all.get('Redis user')).toMatchObject({ state: 'fine' });
  expect(all.get('eviction')).toMatchObject({
    state: 'act',
    type: [expect.stringContaining('config set maxmemory-policy noeviction')],
  });
  const { Redis } = await import('ioredis');
  const admin = new Redis({ host: server.host, port: server.port });
  onTestFinished(() => admin.disconnect());
  const base = ['on', '>secret', '+info', '+time', '+ping', '+select', '+client|setname'];
  await admin.call('acl', 'setuser', 'mute', ...base);
  expect((await doctor({ redis: connect('mute', 'secret') })).get('Redis user')).toMatchObject({
    state: 'advice',
    type: [expect.stringContaining('+acl|dryrun')],
  });
  await admin.call(
    'acl',
    'setuser',
    'looker',
    ...base,
    '+@read',
    '+acl|whoami',
    '+acl|dryrun',
    '~orchestrator:*',
  );
  const looker = connect('looker', 'secret');
  const lines = await doctor({ redis: looker });
  expect(lines.get('Redis: llen orchestrator:{email}:queue')).toBeUndefined();
  expect(lines.get('Redis: ltrim orchestrator:{email}:queue')).toMatchObject({
    state: 'act',
    type: ['acl setuser looker +ltrim ~orchestrator:{email}*'],
  });
  for (const line of lines.values())
    if (line.name.startsWith('Redis: ')) await admin.call(...((line.type[0] ?? '').split(' ') as [string]));
  expect((await doctor({ redis: looker })).get('Redis user')).toMatchObject({ state: 'fine' });
});

test('a pg_dump that is older than the server could not copy it', async () => {
  const database = await orchestratorDatabase();
  const old = { ok: true, version: '9.6', major: 9, place: '/old' } as const;
  const lines = await doctor({
    postgres: { main: examiner(optionsFor(database)), reader: null, pinned: null },
    programs: async () => ({
      postgres: old,
      redis: { ok: false, reason: 'it is not installed', install: 'apt-get install -y redis-server' },
    }),
  });
  expect(lines.get('pg_dump')).toMatchObject({ state: 'act' });
  expect(lines.get('Redis for the lab')).toMatchObject({ state: 'advice' });
});
