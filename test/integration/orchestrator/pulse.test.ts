import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { watchSample } from '../../../src/lib/operations/watch/sample.ts';
import { postgresPulseReader } from '../../../src/lib/orchestrator/postgres-pulse.ts';
import { readContext } from './context.ts';
import { createRole, names, type OrchestratorDatabase, orchestratorDatabase } from './fixture.ts';

const request = { after: null, lastAtEpochSeconds: null, limitRows: 2_000, limitPages: 60, named: [] };

async function write(database: OrchestratorDatabase, rows: number): Promise<void> {
  await database.query(
    `insert into orchestrator.error_log (conversation_id, channel, code, detail)
     select case when n % 4 = 0 then 2 else 1 end, 'email', 'invalid', 'x' from generate_series(1, ${rows}) n`,
  );
}

/** Rows by conversation of a tail. */
function rowsOf(tail: Awaited<ReturnType<ReturnType<typeof postgresPulseReader>['pulse']>>['tail']) {
  if (!tail.ok) throw new Error(tail.reason);
  const rows: Record<string, number> = {};
  for (const { group, recent } of tail.value.counts)
    rows[String(group)] = (rows[String(group)] ?? 0) + recent;
  return rows;
}

test('a pulse has sessions, counters, connections, the newest rows, and names of new conversations', async () => {
  const database = await orchestratorDatabase();
  await write(database, 400);
  const pulse = await postgresPulseReader(database.reader, names).pulse(request);
  expect(pulse.counters.errorLog.table).toBe('orchestrator.error_log');
  expect(pulse.connections).toMatchObject({ ok: true, value: { most: 200 } });
  expect(rowsOf(pulse.tail)).toEqual({ 1: 300, 2: 100 });
  expect(pulse.conversations).toMatchObject({ ok: true });
  if (!pulse.conversations.ok) throw new Error(pulse.conversations.reason);
  expect(pulse.conversations.value.get(2)).toMatchObject({ name: 'Conversation 2', client: 'Client 1' });
});

test('the next pulse reads only what came since, and never more than its limit', async () => {
  const database = await orchestratorDatabase();
  const reader = postgresPulseReader(database.reader, names);
  await write(database, 400);
  const first = await reader.pulse(request);
  await write(database, 40);
  const after = first.tail.ok ? first.tail.value.cursor : null;
  const next = { ...request, after, lastAtEpochSeconds: first.counters.atEpochSeconds, named: [1, 2] };
  const second = await reader.pulse(next);
  expect(rowsOf(second.tail)).toEqual({ 1: 30, 2: 10 });
  expect(second.conversations).toEqual({ ok: true, value: new Map() });
  await write(database, 8_000);
  const third = await reader.pulse(next);
  expect(Object.values(rowsOf(third.tail)).reduce((sum, rows) => sum + rows, 0)).toBe(2_000);
});

test('a pulse is one transaction, whatever it reads', async () => {
  const database = await orchestratorDatabase();
  await write(database, 400);
  const reader = postgresPulseReader(database.reader, names);
  await reader.pulse(request);
  const seen: string[] = [];
  const counted = {
    ...database.reader,
    snapshot: ((work, options) => {
      seen.push('transaction');
      return database.reader.snapshot(work, options);
    }) satisfies typeof database.reader.snapshot,
    query: (async () => {
      throw new Error('a statement outside the transaction');
    }) satisfies typeof database.reader.query,
  };
  await postgresPulseReader(counted, names).pulse(request);
  expect(seen).toEqual(['transaction']);
});

test('while somebody holds the error log locked, everything but its rows is still there', async () => {
  const database = await orchestratorDatabase();
  await write(database, 400);
  const { host, port, user, password } = database;
  const holder = new pg.Client({ host, port, user, password, database: database.database });
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('begin; lock table orchestrator.error_log in access exclusive mode');
  const reader = postgresPulseReader(database.reader, names);
  const pulse = await reader.pulse(request);
  expect(pulse.tail).toMatchObject({ ok: false, reason: expect.stringContaining('lock') });
  expect(pulse.connections.ok).toBe(true);
  expect(pulse.counters.atEpochSeconds).toBeGreaterThan(0);
  await holder.query('rollback');
  expect(rowsOf((await reader.pulse(request)).tail)).toEqual({ 1: 300, 2: 100 });
});

test('a role that may not read the error log still sees the rest, and is told the grant', async () => {
  const database = await orchestratorDatabase();
  const role = await createRole(database);
  await database.query(`grant usage on schema orchestrator to ${role.user}`);
  const pulse = await postgresPulseReader(database.as(role.user, role.password).reader, names).pulse(request);
  expect(pulse.tail).toMatchObject({ ok: false, reason: expect.stringContaining('error_log') });
  expect(pulse.connections.ok).toBe(true);
});

test('the operation takes one part at a time and reads no other', async () => {
  const database = await orchestratorDatabase();
  const context = readContext(database, { pulse: postgresPulseReader(database.reader, names) });
  const { data, changes } = await watchSample.plan(context, watchSample.input.parse({ part: 'database' }));
  expect(data).toMatchObject({ queues: null, services: null, database: { tail: { ok: true } } });
  expect(changes).toEqual([]);
});
