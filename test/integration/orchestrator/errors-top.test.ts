import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { errorsRate } from '../../../src/lib/operations/errors/rate.ts';
import { errorsTop } from '../../../src/lib/operations/errors/top.ts';
import { readContext } from './context.ts';
import { type OrchestratorDatabase, orchestratorDatabase } from './fixture.ts';

/** History of conversations 1 and 9, which must not count any more: they wrote before the storm of today. */
const history = `
  insert into orchestrator.error_log (conversation_id, channel, code, detail, created_at)
  select case when n % 3 = 0 then 9 else 1 end, 'email', 'OLD', repeat('x', 150), now() - interval '2 hours' from generate_series(1, 200000) n;
  analyze orchestrator.error_log`;

/** Of 20 rows 10 are conversation 2's, 6 conversation 5's, 3 conversation 7's, 1 has none. */
const batch = `
  insert into orchestrator.error_log (conversation_id, channel, code, detail)
  select case when n <= 10 then 2 when n <= 16 then 5 when n <= 19 then 7 end, 'email', case when n % 4 = 0 then 'NO_ROUTE' else 'EMPTY_ADDRESS' end, repeat('y', 150)
    from generate_series(1, 20) n`;

/** Writes batches on a connection of its own until the test is over. */
async function writeErrors(database: OrchestratorDatabase): Promise<void> {
  const client = new pg.Client({ ...database });
  await client.connect();
  let going = true;
  const writing = (async () => {
    while (going) {
      await client.query(batch);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  onTestFinished(async () => {
    going = false;
    await writing;
    await client.end();
  });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
}

describe('errors.top', () => {
  test('ranks those who write now, not those who wrote most, and reads few pages of a large log', async () => {
    const database = await orchestratorDatabase();
    await database.query(history);
    const [size] = await database.query(`select pg_relation_size('orchestrator.error_log') / 8192 as pages`);
    expect(Number(size?.pages)).toBeGreaterThan(5_000);
    await writeErrors(database);
    const { data, summary } = await errorsTop.plan(readContext(database), errorsTop.input.parse({}));
    expect(data.conversations.map((one) => one.conversationId)).toEqual([2, 5, 7]);
    const [first] = data.conversations;
    expect(first).toMatchObject({ name: 'Conversation 2', clientId: 1, client: 'Client 1' });
    expect(first?.share).toBeCloseTo(0.5, 1);
    for (const one of data.conversations) {
      expect(one.low).toBeLessThanOrEqual(one.share);
      expect(one.high).toBeGreaterThanOrEqual(one.share);
      expect(one.ratePerSecond).toBeGreaterThan(0);
    }
    expect(data.unattributed).toBeCloseTo(0.05, 2);
    expect(data.codes.map((one) => one.code)).toEqual(['EMPTY_ADDRESS', 'NO_ROUTE']);
    expect(data).toMatchObject({ method: 'key-desc', freshness: { ok: true }, resolvedPlaces: 2 });
    expect(data.pagesRead).toBeLessThan(1_000);
    expect(summary).toMatch(/^3 conversations write 95 % of the [\d,]+ errors\/s/);
  });

  test('reads the end of the table where there is no key', async () => {
    const database = await orchestratorDatabase();
    await database.query(`alter table orchestrator.error_log drop constraint error_log_pkey; ${history}`);
    await writeErrors(database);
    const { data } = await errorsTop.plan(readContext(database), errorsTop.input.parse({ probes: 4 }));
    expect(data).toMatchObject({ method: 'heap-tail', freshness: { ok: true } });
    expect(data.conversations.map((one) => one.conversationId)).toEqual([2, 5, 7]);
    expect(data.pagesRead).toBeLessThan(1_000);
  });

  test('draws from all of the table when the end of it is not where rows are written', async () => {
    const database = await orchestratorDatabase();
    await database.query(`alter table orchestrator.error_log drop constraint error_log_pkey; ${history}`);
    await database.query('delete from orchestrator.error_log where id < 150000');
    await database.query('vacuum orchestrator.error_log');
    await writeErrors(database);
    const { data, summary } = await errorsTop.plan(readContext(database), errorsTop.input.parse({}));
    expect(data).toMatchObject({ method: 'block-sample', sinceOnset: { ordered: false } });
    expect(data.freshness.ratio).toBeLessThan(data.freshness.gate);
    expect(data.conversations.map((one) => one.conversationId)).toEqual([2, 5, 7]);
    expect(summary).toContain('Told from a sample');
  });

  test('ranks across the partitions of a log', async () => {
    const database = await orchestratorDatabase();
    await database.query(`drop table orchestrator.error_log;
      create table orchestrator.error_log (id bigserial, conversation_id integer, channel text not null, code text not null, detail text not null,
        created_at timestamptz not null default now(), primary key (id, created_at)) partition by range (created_at);
      create table orchestrator.error_log_old partition of orchestrator.error_log for values from (minvalue) to (current_date - 1);
      create table orchestrator.error_log_new partition of orchestrator.error_log for values from (current_date - 1) to (maxvalue)`);
    await writeErrors(database);
    const { data } = await errorsTop.plan(readContext(database), errorsTop.input.parse({}));
    expect(data).toMatchObject({ method: 'key-desc', freshness: { ok: true } });
    expect(data.conversations.map((one) => one.conversationId)).toEqual([2, 5, 7]);
  });

  test('an empty log, and one that nobody writes, are an answer and not an error', async () => {
    const database = await orchestratorDatabase();
    const input = errorsTop.input.parse({ windowSeconds: 0.5 });
    const nothing = { conversations: [], codes: [], freshness: { ok: true } };
    const empty = await errorsTop.plan(readContext(database), input);
    expect(empty.data).toMatchObject({ ...nothing, rowsRead: 0 });
    await database.query(history);
    const quiet = await errorsTop.plan(readContext(database), input);
    expect(quiet.data).toMatchObject(nothing);
    expect(quiet.summary).toBe('Nothing is being written to the error log.');
  });

  test('does not wait for a log that is locked away, and says why; the rate is measured all the same', async () => {
    const database = await orchestratorDatabase();
    const holder = new pg.Client({ ...database });
    await holder.connect();
    onTestFinished(() => holder.end());
    await holder.query('begin; lock table orchestrator.error_log in access exclusive mode');
    const context = readContext(database);
    await expect(
      errorsTop.plan(context, errorsTop.input.parse({ windowSeconds: 0.5 })),
    ).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('a lock that another session holds'),
      suggestions: [
        expect.stringContaining('spillway database health'),
        expect.stringContaining('spillway errors rate'),
      ],
    });
    const rate = await errorsRate.plan(context, errorsRate.input.parse({ windowSeconds: 0.5 }));
    expect(rate.data.errorsPerSecond).toBe(0);
  });
});
