import { describe, expect, test } from 'vitest';
import { statement } from '../../../src/lib/backends/postgres/statement.ts';
import { postgresDatabaseReader } from '../../../src/lib/orchestrator/postgres-database.ts';
import { postgresOrchestratorReader } from '../../../src/lib/orchestrator/postgres-reader.ts';
import { postgresOrchestratorWriter } from '../../../src/lib/orchestrator/postgres-writer.ts';
import { createRole, names, orchestratorDatabase } from './fixture.ts';

describe('the orchestrator reader', () => {
  test('filters by every condition given, and labels rows with their conversation and client', async () => {
    const reader = postgresOrchestratorReader((await orchestratorDatabase()).reader, names);
    const ids = (rows: readonly { readonly id: number }[]) => rows.map((row) => row.id);
    expect(ids(await reader.conversations({ clientIds: [2], limit: 10 }))).toEqual([4, 5, 6]);
    expect(ids(await reader.conversations({ clientIds: [2], ids: [1, 5], limit: 10 }))).toEqual([5]);
    expect(await reader.conversations({ ids: [], limit: 10 })).toEqual([]);
    const running = { conversationIds: [4], statuses: ['injecting', 'scheduled'], limit: 10 } as const;
    expect(await reader.activations(running)).toMatchObject([
      {
        id: 40,
        conversation: 'Conversation 4',
        clientId: 2,
        client: 'Client 2',
        injectedMessages: 400,
        totalMessages: 1000,
      },
      { id: 41, status: 'scheduled' },
    ]);
    const labels = await reader.names({ clientIds: [3, 99], conversationIds: [1, 99] });
    expect([...labels.clients]).toEqual([
      [1, 'Client 1'],
      [3, 'Client 3'],
    ]);
    expect([...labels.conversations]).toEqual([
      [1, { name: 'Conversation 1', clientId: 1, client: 'Client 1' }],
    ]);
  });

  test('says which cluster and database it reads', async () => {
    const database = await orchestratorDatabase();
    const [control] = await database.query('select system_identifier::text as id from pg_control_system()');
    expect(await postgresOrchestratorReader(database.reader, names).identity()).toMatchObject({
      systemIdentifier: control?.id,
      database: database.database,
      standby: false,
    });
  });

  test('takes a switch that was never set for on and full, and an expired one for full', async () => {
    const database = await orchestratorDatabase();
    const reader = postgresOrchestratorReader(database.reader, names);
    await database.query(
      `update orchestrator.settings set value = '{"mode": "off", "expiresAt": "2020-01-01T00:00:00Z"}' where key = 'error_log'`,
    );
    expect((await reader.switches()).errorLog).toMatchObject({ mode: 'off', effectiveMode: 'full' });
    await database.query('delete from orchestrator.settings');
    expect(await reader.switches()).toMatchObject({
      injection: { state: 'on', updatedBy: null },
      errorLog: { mode: 'full', effectiveMode: 'full', expiresAt: null },
    });
  });

  test('cannot write: the server refuses an insert and a second statement in the same text', async () => {
    const database = await orchestratorDatabase();
    const before = await database.contents();
    await expect(
      database.reader.query(
        statement`with new as (insert into orchestrator.clients values (9, 'x', 'y') returning id) select id from new`,
      ),
    ).rejects.toThrow(/read-only transaction/);
    await expect(
      database.reader.query(
        statement`select 1; commit; insert into orchestrator.clients values (9, 'x', 'y')`,
      ),
    ).rejects.toThrow(/multiple commands/);
    expect(await database.contents()).toBe(before);
  });

  test('quotes the configured names, whatever characters they hold', async () => {
    const database = await orchestratorDatabase();
    const schema = 'odd"; drop schema orchestrator --';
    await database.query(`create schema "odd""; drop schema orchestrator --"; create table "odd""; drop schema orchestrator --"."Select" (id int, name text);
      insert into "odd""; drop schema orchestrator --"."Select" values (1, 'only')`);
    const reader = postgresOrchestratorReader(database.reader, { ...names, schema, clients: 'Select' });
    expect(await reader.clients()).toEqual([{ id: 1, name: 'only' }]);
    const elsewhere = postgresOrchestratorReader(database.reader, { ...names, clients: 'nothing_here' });
    await expect(elsewhere.clients()).rejects.toMatchObject({ code: 'usage' });
    const unlogged = postgresOrchestratorReader(database.reader, { ...names, errorLog: 'nothing_here' });
    await expect(unlogged.errorLogCounters()).rejects.toMatchObject({ code: 'usage' });
  });

  test('a missing privilege names the grant, for reading and for changing', async () => {
    const database = await orchestratorDatabase();
    const role = await createRole(database);
    const { reader, writer } = database.as(role.user, role.password);
    await database.query(`grant usage on schema orchestrator to ${role.user}`);
    const reading = postgresOrchestratorReader(reader, names).clients();
    await expect(reading).rejects.toMatchObject({
      code: 'failed',
      suggestions: [expect.stringMatching(`^grant select on .*clients to ${role.user};$`)],
    });
    await database.query(`grant select on all tables in schema orchestrator to ${role.user}`);
    const stopping = postgresOrchestratorWriter(writer, names).setConversationStatus(
      [{ id: 1, from: ['active'], to: 'stopped' }],
      { actor: 'x', whenMoved: 'refuse' },
    );
    await expect(stopping).rejects.toMatchObject({
      code: 'failed',
      suggestions: [expect.stringMatching(`^grant .*update.* on .*conversations to ${role.user};$`)],
    });
  });
});

describe('the database reader', () => {
  test('says that pg_stat_statements is missing, and finds it in whatever schema it was put', async () => {
    const database = await orchestratorDatabase();
    const reader = postgresDatabaseReader(database.reader, names);
    await expect(reader.statementCounters()).rejects.toMatchObject({
      code: 'failed',
      suggestions: [expect.stringContaining('create extension pg_stat_statements')],
    });
    await database.query('create schema "Tools"; create extension pg_stat_statements schema "Tools"');
    await database.query('select count(*) from orchestrator.clients where id > 7');
    const { statements } = await reader.statementCounters();
    const texts = await reader.statementTexts(statements.map((one) => one.id));
    expect([...texts.values()]).toContain('select count(*) from orchestrator.clients where id > $1');
  });

  test('a role without pg_monitor is told how many sessions it cannot see', async () => {
    const database = await orchestratorDatabase();
    const role = await createRole(database);
    const { default: pg } = await import('pg');
    const other = new pg.Client({ ...database });
    await other.connect();
    try {
      const plain = postgresDatabaseReader(database.as(role.user, role.password).reader, names);
      expect(await plain.sessions()).toEqual({ groups: [], hidden: 1 });
      const full = await postgresDatabaseReader(database.reader, names).sessions();
      expect(full).toMatchObject({ groups: [{ state: 'idle', sessions: 1 }], hidden: 0 });
    } finally {
      await other.end();
    }
  });
});
