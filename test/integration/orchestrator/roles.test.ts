import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findPostgres } from '../../../src/lib/backends/binaries.ts';
import { postgresJournalCopy } from '../../../src/lib/backends/postgres/journal-copy.ts';
import { postgresLock } from '../../../src/lib/backends/postgres/lock.ts';
import { statement } from '../../../src/lib/backends/postgres/statement.ts';
import { systemClock } from '../../../src/lib/core/clock.ts';
import { pgDumpSnapshots } from '../../../src/lib/drivers/snapshot/pg-dump.ts';
import { databaseHealth } from '../../../src/lib/operations/database/health.ts';
import { errorsTop } from '../../../src/lib/operations/errors/top.ts';
import { postgresExaminer } from '../../../src/lib/orchestrator/postgres-examination.ts';
import { postgresOrchestratorReader } from '../../../src/lib/orchestrator/postgres-reader.ts';
import { postgresOrchestratorWriter } from '../../../src/lib/orchestrator/postgres-writer.ts';
import { roleStatements } from '../../../src/lib/orchestrator/role-statements.ts';
import { request } from '../snapshot/fixture.ts';
import { readContext } from './context.ts';
import { names, type OrchestratorDatabase, optionsFor, orchestratorDatabase } from './fixture.ts';

const password = 'role-password';

/** A database in which somebody ran what `doctor --roles` prints. */
async function withRoles() {
  const database = await orchestratorDatabase();
  const tag = randomUUID().slice(0, 8);
  const roles = { reader: `reader ${tag}`, operator: `operator ${tag}`, purger: `purger "${tag}` };
  await database.query(roleStatements(names, roles));
  const all = Object.values(roles).map((role) => `"${role.replaceAll('"', '""')}"`);
  onTestFinished(async () => {
    await database.query(`drop owned by ${all.join(', ')}; drop role ${all.reverse().join(', ')}`);
  });
  await database.query(all.map((role) => `alter role ${role} password '${password}'`).join(';'));
  return { database, roles, as: (role: keyof typeof roles) => database.as(roles[role], password) };
}

type Handles = Pick<OrchestratorDatabase, 'reader' | 'writer'>;

/** Everything that the program can write, each on its own. */
const writes: Readonly<Record<string, (handles: Handles) => Promise<unknown>>> = {
  stop: ({ writer }) =>
    postgresOrchestratorWriter(writer, names).setConversationStatus(
      [{ id: 1, from: ['active'], to: 'stopped' }],
      {
        actor: 'tester',
        whenMoved: 'refuse',
      },
    ),
  pause: ({ writer }) =>
    postgresOrchestratorWriter(writer, names).setActivationStatus(
      [{ id: 10, from: ['injecting'], to: 'paused' }],
      { actor: 'tester', whenMoved: 'refuse' },
    ),
  switch: ({ writer }) =>
    postgresOrchestratorWriter(writer, names).setInjection({ from: 'on', to: 'off', actor: 'tester' }),
  'error log': ({ writer }) =>
    postgresOrchestratorWriter(writer, names).setErrorLog({
      from: { mode: 'full', sampleEvery: 1, expiresAt: null },
      to: { mode: 'sample', sampleEvery: 100, expiresAt: '2026-12-01T00:00:00.000Z' },
      actor: 'tester',
    }),
  canary: ({ writer }) =>
    postgresOrchestratorWriter(writer, names).createCanaries([{ id: randomUUID(), channel: 'email' }]),
  journal: ({ reader, writer }) =>
    postgresJournalCopy(reader, writer).add(randomUUID(), 'test', [{ seq: 1, line: '{}', hash: 'h' }]),
  lock: async ({ reader, writer }) => {
    const home = postgresLock(reader, writer);
    const holder = { runId: 'r', actor: 'a', host: 'h', pid: 1, since: '2026-01-01T00:00:00Z' };
    const taken = await home.acquire(holder as Parameters<typeof home.acquire>[0], null);
    if (!taken.acquired) throw new Error('the lock is held');
    await home.release(taken.token);
  },
  'empty the error log': ({ writer }) =>
    writer.transaction((query) => query(statement`delete from orchestrator.error_log`)),
  'truncate the error log': ({ writer }) =>
    writer.transaction((query) => query(statement`truncate orchestrator.error_log`)),
  'forge an error': ({ writer }) =>
    writer.transaction((query) =>
      query(statement`insert into orchestrator.error_log (channel, code, detail) values ('sms', 'X', 'y')`),
    ),
  'rename a client': ({ writer }) =>
    writer.transaction((query) => query(statement`update orchestrator.clients set name = 'x'`)),
  'delete a conversation': ({ writer }) =>
    writer.transaction((query) => query(statement`delete from orchestrator.conversations where id = 9`)),
  'rewrite the journal': ({ writer }) =>
    writer.transaction((query) => query(statement`update spillway.journal set line = 'forged'`)),
};

/** Which of the writes go through; every other must fail for want of a privilege. */
async function allowed(handles: Handles): Promise<string[]> {
  const done: string[] = [];
  for (const [name, write] of Object.entries(writes)) {
    try {
      await write(handles);
      done.push(name);
    } catch (error) {
      expect(error, name).toMatchObject({ code: 'failed', details: { sqlState: '42501' } });
    }
  }
  return done;
}

test('the reader sees everything that diagnoses show, and writes nothing', async () => {
  const { database, as } = await withRoles();
  await database.query('create extension pg_stat_statements');
  await database.query(
    `insert into orchestrator.error_log (conversation_id, channel, code, detail) select 1, 'sms', 'X', 'y' from generate_series(1, 500)`,
  );
  const handles = as('reader');
  const { data } = await databaseHealth.plan(
    readContext(handles),
    databaseHealth.input.parse({ windowSeconds: 1, samples: 2 }),
  );
  const missing = Object.entries(data).filter(
    ([, view]) => view !== null && typeof view === 'object' && 'unavailable' in view,
  );
  const [version] = await database.query<{ n: number }>(
    `select current_setting('server_version_num')::int as n`,
  );
  expect(missing.map(([name]) => name)).toEqual((version?.n ?? 0) < 160_000 ? ['io'] : []);
  expect(data.sessions).toMatchObject({ hidden: 0 });
  expect(data.statements).toMatchObject({ hidden: 0 });
  const top = await errorsTop.plan(readContext(handles), errorsTop.input.parse({}));
  expect(top.summary).not.toBe('');
  const orchestrator = postgresOrchestratorReader(handles.reader, names);
  expect(await orchestrator.clients()).toHaveLength(3);
  expect(await orchestrator.activations({ limit: 99 })).toHaveLength(27);
  expect((await orchestrator.identity()).systemIdentifier).toMatch(/^\d+$/);
  expect(await postgresJournalCopy(handles.reader, handles.writer).head(randomUUID())).toBeNull();
  expect(await allowed(handles)).toEqual([]);
});

test('the operator stops, pauses and switches, and deletes nothing', async () => {
  const { as } = await withRoles();
  expect(await allowed(as('operator'))).toEqual([
    'stop',
    'pause',
    'switch',
    'error log',
    'canary',
    'journal',
    'lock',
  ]);
});

test('the purger takes a snapshot and empties the error log, and stops nothing', async () => {
  const { database, roles, as } = await withRoles();
  await database.query('create table public.other (a int); insert into public.other values (1)');
  expect(await allowed(as('purger'))).toEqual([
    'journal',
    'lock',
    'empty the error log',
    'truncate the error log',
  ]);
  const folder = await mkdtemp(join(tmpdir(), 'spillway-test-roles-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const snapshots = pgDumpSnapshots({
    database: as('purger').reader,
    connection: optionsFor({ ...database, user: roles.purger, password }),
    folder,
    jobs: 1,
    timeoutMs: 60_000,
    clock: systemClock,
    findPostgres: () => findPostgres(process.env),
    environment: process.env,
  });
  const manifest = await snapshots.writer.create(request);
  expect(manifest.tables.map((one) => one.name)).toEqual(
    expect.arrayContaining(['public.other', 'orchestrator.clients']),
  );
});

test('what the doctor finds missing is exactly what its grants give', async () => {
  const { database, roles } = await withRoles();
  const examine = (role: string) => {
    const examiner = postgresExaminer({
      options: optionsFor({ ...database, user: role, password }),
      ...{ names, mirrored: true, locked: true, nowMs: Date.now },
    });
    onTestFinished(() => examiner.close());
    return examiner;
  };
  const missing = async (role: string, work: readonly ('look' | 'operate' | 'purge')[]) =>
    (await examine(role).privileges(work)).filter((one) => one.held !== true);
  expect(await missing(roles.reader, ['look'])).toEqual([]);
  expect(await missing(roles.operator, ['look', 'operate'])).toEqual([]);
  expect(await missing(roles.purger, ['look', 'purge'])).toEqual([]);
  expect((await missing(roles.reader, ['operate'])).length).toBeGreaterThan(5);
  const bare = `bare ${randomUUID().slice(0, 8)}`;
  await database.query(`create role "${bare}" login password '${password}'`);
  onTestFinished(async () => {
    await database.query(`drop owned by "${bare}"; drop role "${bare}"`);
  });
  const lacking = await missing(bare, ['look', 'operate', 'purge']);
  expect(lacking.map((one) => one.name)).toEqual(
    expect.arrayContaining([
      'pg_monitor',
      'usage on schema orchestrator',
      'select (ctid) on orchestrator.error_log',
    ]),
  );
  await database.query(lacking.map((one) => one.grant).join('\n'));
  expect(await missing(bare, ['look', 'operate', 'purge'])).toEqual([]);
});
