import { describe, expect, test } from 'vitest';
import { type ErrorsTopData, errorsTop } from '../../../src/lib/operations/errors/top.ts';
import { readContext } from './context.ts';
import { createRole, type OrchestratorDatabase, orchestratorDatabase } from './fixture.ts';

/** 45 days of calm by anybody, then a storm of `rows` in 10 min that ended just now: of 20 rows 10 are conversation 2's, 6 conversation 5's, 3 conversation 7's, 1 has none. */
const storm = (rows: number) => `
  insert into orchestrator.error_log (conversation_id, channel, code, detail, created_at)
  select n % 9 + 1, 'sms', 'OLD', repeat('x', 150), now() - interval '45 days' + n * interval '129.6 s' from generate_series(1, 29990) n;
  insert into orchestrator.error_log (conversation_id, activation_id, channel, code, detail, created_at)
  select case when n % 20 < 10 then 2 when n % 20 < 16 then 5 when n % 20 < 19 then 7 end, case when n % 20 < 10 then 20 else 50 end,
         case when n % 2 = 0 then 'email' else 'push' end, case when n % 4 = 0 then 'NO_ROUTE' else 'EMPTY_ADDRESS' end, repeat('y', 150),
         now() - interval '600 s' + n * interval '600 s' / ${rows} from generate_series(1, ${rows}) n;
  analyze orchestrator.error_log`;

const still = { windowSeconds: 0, probes: 1 };

async function top(database: OrchestratorDatabase, input: object = {}): Promise<ErrorsTopData> {
  const { data } = await errorsTop.plan(readContext(database), errorsTop.input.parse({ ...still, ...input }));
  return data;
}

function sampleOf({ sinceOnset }: ErrorsTopData) {
  if (sinceOnset === null || 'unavailable' in sinceOnset) throw new Error(JSON.stringify(sinceOnset));
  return sinceOnset;
}

async function stormy(rows = 60_000): Promise<OrchestratorDatabase> {
  const database = await orchestratorDatabase();
  await database.query(storm(rows));
  return database;
}

describe('the share since the onset', () => {
  test('is told after the storm, too, from few pages, with the moment at which the rate rose', async () => {
    const database = await stormy();
    const before = Date.now();
    const data = await top(database);
    const since = sampleOf(data);
    expect(data.conversations).toEqual([]);
    expect(since).toMatchObject({ sinceIs: 'onset', ordered: true, resolvedPlaces: 2 });
    expect(Math.abs(Date.parse(since.since) - (before - 600_000))).toBeLessThan(15_000);
    expect(since.onset?.errorsPerSecondBefore).toBeLessThan(0.1);
    expect(since.onset?.errorsPerSecondSince).toBeGreaterThan(50);
    expect(since.groups.map((one) => one.group)).toEqual(['2', '5', '7']);
    [0.5, 0.3, 0.15].forEach((share, at) => {
      expect(since.groups[at]?.low).toBeLessThanOrEqual(share);
      expect(since.groups[at]?.high).toBeGreaterThanOrEqual(share);
    });
    expect(since.rowsEstimated).toBeGreaterThan(50_000);
    expect(since.pagesDrawn).toBeLessThan(since.pagesInWindow);
    expect(data.buffersCounted).toBe(true);
    expect(since.buffers).toBeGreaterThanOrEqual(since.pagesDrawn);
    expect(data.pagesRead).toBeLessThan(500);
  });

  test('is told by client, activation, code and channel', async () => {
    const database = await stormy(6_000);
    const groups = async (by: string) =>
      sampleOf(await top(database, { by })).groups.map(({ group, name }) => [group, name]);
    expect(await groups('client')).toEqual([
      ['1', 'Client 1'],
      ['2', 'Client 2'],
      ['3', 'Client 3'],
    ]);
    expect((await groups('activation')).toSorted()).toEqual([
      ['20', 'Conversation 2'],
      ['50', 'Conversation 5'],
    ]);
    expect(await groups('code')).toEqual([
      ['EMPTY_ADDRESS', 'EMPTY_ADDRESS'],
      ['NO_ROUTE', 'NO_ROUTE'],
    ]);
    expect((await groups('channel')).map(([group]) => group).toSorted()).toEqual(['email', 'push']);
  });

  test('goes back as far as it is asked to, and says what a time looks like', async () => {
    const database = await stormy(6_000);
    const since = sampleOf(await top(database, { since: '60d' }));
    expect(since).toMatchObject({ sinceIs: 'given', onset: { at: expect.any(String) } });
    expect(since.groups).toHaveLength(9);
    await expect(top(database, { since: 'yesterday' })).rejects.toMatchObject({ code: 'usage' });
    await expect(top(database, { since: '2999-01-01' })).rejects.toMatchObject({ code: 'usage' });
  });

  test('is read where space was used again: all of the log is drawn from and rows are chosen by their time', async () => {
    const database = await orchestratorDatabase();
    await database.query(`${storm(2_000)}; delete from orchestrator.error_log where id % 2 = 0`);
    await database.query('vacuum orchestrator.error_log');
    await database.query(`insert into orchestrator.error_log (conversation_id, channel, code, detail)
      select case when n % 4 = 0 then 9 else 8 end, 'email', 'NEW', repeat('z', 150) from generate_series(1, 12000) n`);
    const since = sampleOf(await top(database, { since: '1m' }));
    expect(since.ordered).toBe(false);
    expect(since.groups.slice(0, 2).map((one) => one.group)).toEqual(['8', '9']);
  });

  test('is read from the leaves of a partitioned log with UUID keys, and from those only that were written since', async () => {
    const database = await orchestratorDatabase();
    await database.query(`drop table orchestrator.error_log;
      create table orchestrator.error_log (id uuid not null default gen_random_uuid(), conversation_id integer, activation_id integer, channel text not null,
        code text not null, detail text not null, created_at timestamptz not null default now(), primary key (id, created_at)) partition by range (created_at);
      create table orchestrator.error_log_old partition of orchestrator.error_log for values from (minvalue) to (current_date - 3);
      create table orchestrator.error_log_new partition of orchestrator.error_log for values from (current_date - 3) to (maxvalue)`);
    await database.query(storm(6_000));
    const data = await top(database);
    const since = sampleOf(data);
    expect(data.tailUnavailable).toContain('partitioned');
    expect(since.groups.map((one) => one.group)).toEqual(['2', '5', '7']);
    expect(data.conversations.map((one) => one.conversationId)).toEqual([2, 5, 7]);
    const [leaf] = await database.query(
      "select pg_relation_size('orchestrator.error_log_new') / 8192 as pages",
    );
    expect(since.pagesInWindow).toBeLessThanOrEqual(Number(leaf?.pages));
  });

  test('is confirmed exactly through an index, and not by reading the whole log', async () => {
    const database = await stormy(6_000);
    const without = await top(database, { exact: true });
    expect(without.confirmation).toMatchObject({ done: false, why: expect.stringContaining('no index') });
    await database.query('create index on orchestrator.error_log (conversation_id, created_at)');
    const { confirmation, sinceOnset } = await top(database, { exact: true });
    expect(confirmation).toMatchObject({ done: true, through: 'index' });
    const rows = confirmation?.done === true ? confirmation.rows.map((one) => one.rows) : [];
    const truth = await database.query(
      `select count(*)::int as rows from orchestrator.error_log where conversation_id in (2, 5, 7) and created_at >= $1 group by conversation_id order by 1 desc`,
      [sinceOnset !== null && 'since' in sinceOnset ? sinceOnset.since : null],
    );
    expect(rows).toEqual(truth.map((row) => row.rows));
  });

  test('is not told of a log that was truncated while it was read', async () => {
    const database = await stormy(6_000);
    const context = readContext(database);
    const { orchestrator } = context.read;
    let reads = 0;
    const truncating: typeof orchestrator = {
      ...orchestrator,
      async errorLogPages(work) {
        reads += 1;
        if (reads === 1) await database.query('truncate orchestrator.error_log');
        return orchestrator.errorLogPages(work);
      },
    };
    const { data } = await errorsTop.plan(
      { ...context, read: { ...context.read, orchestrator: truncating } },
      errorsTop.input.parse(still),
    );
    expect(data.sinceOnset).toMatchObject({ unavailable: expect.stringContaining('truncated') });
  });

  test('needs select on ctid and the columns it reads, nothing more', async () => {
    const database = await stormy(6_000);
    const role = await createRole(database);
    await database.query(`grant usage on schema orchestrator to ${role.user};
      grant select on orchestrator.conversations, orchestrator.clients to ${role.user};
      grant select (id, conversation_id, code, created_at) on orchestrator.error_log to ${role.user}`);
    const without = database.as(role.user, role.password);
    await expect(top({ ...database, ...without })).rejects.toMatchObject({
      code: 'failed',
      suggestions: expect.arrayContaining([expect.stringContaining('grant select')]),
    });
    await database.query(`grant select (ctid) on orchestrator.error_log to ${role.user}`);
    const data = await top({ ...database, ...database.as(role.user, role.password) });
    expect(sampleOf(data).groups.map((one) => one.group)).toEqual(['2', '5', '7']);
  });
});
