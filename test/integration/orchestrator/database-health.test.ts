import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { databaseHealth } from '../../../src/lib/operations/database/health.ts';
import { renderDatabaseHealth } from '../../../src/lib/views/database.ts';
import { plainStyle } from '../../../src/lib/views/style.ts';
import { readContext } from './context.ts';
import { type OrchestratorDatabase, orchestratorDatabase } from './fixture.ts';

interface Session {
  readonly pid: number;
  query(sql: string): Promise<unknown>;
}

/** A session that ends with the test; what it waits for then is cancelled by its end. */
async function session(database: OrchestratorDatabase): Promise<Session> {
  const client = new pg.Client({ ...database });
  const lost: Error[] = [];
  client.on('error', (error) => lost.push(error));
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const pid = rows[0]?.pid ?? 0;
  onTestFinished(async () => {
    await database.query(`select pg_terminate_backend(${pid})`);
    await client.end();
  });
  return { pid, query: (sql) => client.query(sql) };
}

async function waiters(database: OrchestratorDatabase, count: number): Promise<void> {
  const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
  await expect.poll(() => database.query(waiting), { timeout: 30_000 }).toHaveLength(count);
}

const input = databaseHealth.input.parse({ windowSeconds: 1, samples: 3 });

describe('database.health', () => {
  test('puts both blockers of one session at the root, and names each for the session that waits for both', async () => {
    const database = await orchestratorDatabase();
    const [first, second, third] = [
      await session(database),
      await session(database),
      await session(database),
    ];
    await first.query('begin; lock table orchestrator.clients in share mode');
    await second.query('begin; lock table orchestrator.clients in share mode');
    const blocked = third.query('begin; lock table orchestrator.clients in access exclusive mode');
    const ended = expect(blocked).rejects.toThrow();
    await waiters(database, 1);
    const { data, summary } = await databaseHealth.plan(
      readContext(database),
      // long enough for the blockers to count as lasting when the tree is taken, in the middle
      databaseHealth.input.parse({ windowSeconds: 4, samples: 3 }),
    );
    if ('unavailable' in data.blocking) throw new Error(data.blocking.unavailable);
    const { roots } = data.blocking;
    expect(roots.map((root) => root.session.pid).sort()).toEqual([first.pid, second.pid].sort());
    expect(roots.map((root) => root.blocks)).toEqual([1, 1]);
    const placed = roots.flatMap((root) => root.waiting);
    expect(placed.map((node) => node.session.pid)).toEqual([third.pid]);
    expect([...(placed[0]?.session.blockedBy ?? [])].sort()).toEqual([first.pid, second.pid].sort());
    expect(data.locks).toMatchObject({
      waiting: [{ relation: 'orchestrator.clients', mode: 'AccessExclusiveLock', sessions: 1 }],
    });
    expect(placed[0]?.session.waitsFor).toBe('AccessExclusiveLock on orchestrator.clients');
    expect(summary).toMatch(/^Pid \d+ \(idle in transaction, .*\) blocks 1 session/);
    expect(renderDatabaseHealth(data, plainStyle).replace(/\s+/g, ' ')).toContain(
      `waits for ${[first.pid, second.pid].sort((a, b) => a - b).join(', ')}`,
    );
    await database.query(`select pg_terminate_backend(${third.pid})`);
    await ended;
  });

  test('a missing extension costs its own view only', async () => {
    const database = await orchestratorDatabase();
    const { data } = await databaseHealth.plan(readContext(database), input);
    expect(data.statements).toEqual({
      unavailable: expect.stringContaining('pg_stat_statements is not installed'),
      suggestion: expect.stringContaining('create extension'),
    });
    for (const view of [data.errorLog, data.sessions, data.blocking, data.locks, data.connections])
      expect(view).not.toHaveProperty('unavailable');
  });

  test('measures the rate and the latency of the writes to the error log, and the slowest statement of the window only', async () => {
    const database = await orchestratorDatabase();
    await database.query('create extension pg_stat_statements; select pg_sleep(0.2)');
    const writer = await session(database);
    let going = true;
    const writing = (async () => {
      while (going)
        await writer.query(
          `insert into orchestrator.error_log (conversation_id, channel, code, detail) values (1, 'sms', 'X', 'y')`,
        );
    })();
    const { data, summary } = await databaseHealth.plan(
      readContext(database),
      databaseHealth.input.parse({ windowSeconds: 3 }),
    );
    going = false;
    await writing;
    if ('unavailable' in data.statements) throw new Error(data.statements.unavailable);
    expect(data.statements.errorLogWrites).toMatchObject({ table: 'orchestrator.error_log' });
    expect(data.statements.errorLogWrites?.callsPerSecond).toBeGreaterThan(10);
    expect(data.statements.statements.some((one) => one.text?.includes('pg_sleep'))).toBe(false);
    const [write] = data.statements.writes;
    expect(write?.text).toMatch(/^insert into orchestrator.error_log/);
    expect(write?.meanMs).toBeGreaterThan(0);
    if ('unavailable' in data.tables || 'unavailable' in data.growth || 'unavailable' in data.wal)
      throw new Error('a view is missing');
    expect(data.tables.tables[0]).toMatchObject({ table: 'orchestrator.error_log', updatesPerSecond: 0 });
    expect(data.tables.tables[0]?.insertsPerSecond).toBeGreaterThan(10);
    expect(data.growth.tables.map((one) => one.table)).toContain('orchestrator.error_log');
    expect(data.wal.bytesPerSecond).toBeGreaterThan(1_000);
    expect(data.wal.recordsPerSecond).toBeGreaterThan(10);
    expect(summary).toMatch(/^The error log takes [\d,]+ inserts\/s, and statements on its tables \d/);
    expect(
      renderDatabaseHealth(data, plainStyle)
        .split('\n')
        .every((line) => [...line].length <= 80),
    ).toBe(true);
  });

  test('names the table of a row that somebody waits for', async () => {
    const database = await orchestratorDatabase();
    const [holder, waiter, next] = [
      await session(database),
      await session(database),
      await session(database),
    ];
    const update = `update orchestrator.clients set name = 'other' where id = 1`;
    await holder.query(`begin; ${update}`);
    const ended = [waiter, next].map((one) => expect(one.query(update)).rejects.toThrow());
    await waiters(database, 2);
    const { data } = await databaseHealth.plan(readContext(database), input);
    if ('unavailable' in data.blocking) throw new Error(data.blocking.unavailable);
    const [root] = data.blocking.roots;
    expect(root).toMatchObject({ session: { pid: holder.pid, waitsFor: null }, blocks: 2 });
    const wanted = root?.waiting.flatMap((one) => [one, ...one.waiting]).map((one) => one.session.waitsFor);
    expect(wanted?.sort()).toEqual([
      'ExclusiveLock on a row of orchestrator.clients',
      'ShareLock on a row of orchestrator.clients',
    ]);
    expect(renderDatabaseHealth(data, plainStyle)).toContain('a row of');
    for (const { pid } of [waiter, next]) await database.query(`select pg_terminate_backend(${pid})`);
    await Promise.all(ended);
  });

  test('works while the error log is locked away, and shows who holds it', async () => {
    const database = await orchestratorDatabase();
    const [holder, writer] = [await session(database), await session(database)];
    await holder.query('begin; lock table orchestrator.error_log in access exclusive mode');
    const blocked = writer.query(
      'insert into orchestrator.error_log (channel, code, detail) values (1, 2, 3)',
    );
    const ended = expect(blocked).rejects.toThrow();
    await waiters(database, 1);
    const { data } = await databaseHealth.plan(readContext(database), input);
    expect(data.blocking).toMatchObject({ roots: [{ session: { pid: holder.pid }, blocks: 1 }] });
    expect(data.errorLog).toMatchObject({ errorsPerSecond: 0 });
    await database.query(`select pg_terminate_backend(${writer.pid})`);
    await ended;
  });
});
