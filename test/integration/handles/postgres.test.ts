import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { PostgresOptions } from '../../../src/lib/backends/postgres/options.ts';
import { postgresReader } from '../../../src/lib/backends/postgres/reader.ts';
import { type Statement, statement } from '../../../src/lib/backends/postgres/statement.ts';
import { postgresWriter } from '../../../src/lib/backends/postgres/writer.ts';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import { createDatabase, type TestDatabase } from '../../servers/database.ts';
import { freePort } from '../../servers/free-port.ts';
import { startProxy, type TcpProxy } from '../../servers/tcp-proxy.ts';

const canary = 'hunter2-canary-password';
let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await database.query('create table marks (id int primary key); create sequence numbers');
});
afterAll(() => database.drop());

function options(changes: Partial<PostgresOptions> = {}): PostgresOptions {
  return {
    ...{ host: database.host, port: database.port, database: database.database, user: database.user },
    ...{ password: async () => database.password, tls: 'disable', applicationName: 'spillway' },
    ...{ connectTimeoutMs: 5_000, statementTimeoutMs: 5_000 },
    ...changes,
  };
}

function reading(changes: Partial<PostgresOptions> = {}) {
  const reader = postgresReader(options(changes));
  onTestFinished(() => reader.close());
  return reader;
}

function writing(changes: Partial<PostgresOptions> = {}) {
  const writer = postgresWriter(options(changes));
  onTestFinished(() => writer.close());
  return writer;
}

async function proxy(target: { host: string; port: number } | null): Promise<TcpProxy> {
  const made = await startProxy(target);
  onTestFinished(() => made.stop());
  return made;
}

async function failureOf(work: Promise<unknown>): Promise<SpillwayError> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (error instanceof SpillwayError) return error;
  throw error;
}

const backend = statement`select pg_backend_pid() as pid`;
const one = statement`select 1 as one`;
const insert = statement`insert into public.marks values ($1)`;
const marks = async () =>
  (await database.query<{ id: number }>('select id from marks order by id')).map(({ id }) => id);

describe('the reading handle', () => {
  /** What it refuses: at the server where a read-only transaction forbids it, before that where it would not. */
  const refused: Readonly<Record<string, Statement>> = {
    'an insert': statement`insert into public.marks values (1)`,
    'an insert inside a select': statement`with new as (insert into public.marks values (1) returning id) select id from new`,
    'an update': statement`update public.marks set id = 2`,
    'a delete': statement`delete from public.marks`,
    'a truncation': statement`truncate public.marks`,
    'a table made by select': statement`select 1 as id into public.others`,
    'a new table': statement`create table public.others (id int)`,
    'a number of a sequence': statement`select nextval('public.numbers')`,
    'a row lock': statement`select id from public.marks for update`,
    'a table lock': statement`lock table public.marks`,
    'the end of its transaction': statement`commit`,
    'two statements in one text': statement`select 1; commit; insert into public.marks values (1)`,
    'the end of its transaction behind a comment': statement`/* select */ -- 1
      commit`,
    'a transaction that may write': statement`begin read write`,
    'the right to write': statement`select set_config('transaction_read_only', 'off', true)`,
    'an advisory lock': statement`select pg_advisory_lock(1)`,
    'an advisory lock that is only tried': statement`select pg_try_advisory_xact_lock_shared(1)`,
    'a notification': statement`select pg_notify('channel', 'text')`,
    'the end of a session': statement`select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()`,
    'a statistics reset': statement`select pg_stat_reset()`,
    'a configuration reload': statement`select pg_reload_conf()`,
    'a WAL switch': statement`select pg_switch_wal()`,
    'a copy to a program': statement`copy public.marks to program 'true'`,
    'a block of code': statement`do $$ begin perform 1; end $$`,
    'another database': statement`select dblink_exec('dbname=postgres', 'select 1')`,
    'a vacuum': statement`vacuum public.marks`,
  };
  test.each(Object.entries(refused))(
    'refuses %s; nothing happens, and it goes on reading',
    async (_, text) => {
      const reader = reading();
      const error = await failureOf(reader.query(text));
      expect(error.code).toBe('failed');
      // a refused end of the transaction must not leave one that writes
      await failureOf(
        reader.snapshot(async (query) => {
          await query(text);
          await query(statement`insert into public.marks values (9)`);
        }),
      );
      expect(await marks()).toEqual([]);
      expect(
        await database.query(
          "select count(*)::int as n from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())",
        ),
      ).toEqual([{ n: 0 }]);
      expect(await reader.query(one)).toEqual([{ one: 1 }]);
    },
  );

  test('sees one snapshot inside `snapshot`', async () => {
    const reader = reading();
    const count = statement`select count(*)::int as n from public.marks`;
    const [before, after] = await reader.snapshot(async (query) => {
      const [first] = await query<{ n: number }>(count);
      await database.query('insert into marks values (5)');
      const [second] = await query<{ n: number }>(count);
      return [first?.n, second?.n];
    });
    await database.query('delete from marks');
    expect([before, after]).toEqual([0, 0]);
  });

  test('gives its connection to one caller at a time; one that fails does not take the others with it', async () => {
    const reader = reading();
    const outcomes = await Promise.allSettled([
      reader.query(one),
      reader.query(statement`select 1 / 0`),
      reader.query(one),
      reader.query(statement`select no_such_column`),
      reader.query(one),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  test('a statement that takes longer than its limit is cancelled by the server', async () => {
    const error = await failureOf(reading({ statementTimeoutMs: 50 }).query(statement`select pg_sleep(30)`));
    expect(error).toMatchObject({
      code: 'failed',
      message: expect.stringContaining('longer than its limit'),
    });
  });
});

describe('the writing handle', () => {
  test('commits what resolves and rolls back what rejects', async () => {
    const writer = writing();
    await writer.transaction((query) => query(insert, [1]));
    await expect(
      writer.transaction(async (query) => {
        await query(insert, [2]);
        throw new SpillwayError('refused', 'second thoughts');
      }),
    ).rejects.toMatchObject({ code: 'refused' });
    expect(await marks()).toEqual([1]);
    await database.query('delete from marks');
  });

  test('a transaction in which a statement failed is never taken for a change, even if the failure was passed over', async () => {
    const writer = writing();
    const error = await failureOf(
      writer.transaction(async (query) => {
        await query(insert, [1]);
        await query(insert, [1]).catch(() => 'passed over');
        return 'done';
      }),
    );
    expect(error).toMatchObject({
      code: 'failed',
      message: expect.stringContaining('rolled the change back'),
    });
    expect(await marks()).toEqual([]);
  });

  test.each(['drop-replies', 'reset-instead-of-reply'] as const)(
    'a commit whose answer is lost (%s) is an unknown outcome: here it was made, and is not made again',
    async (fault) => {
      const between = await proxy(database);
      const writer = writing({ port: between.port, statementTimeoutMs: 200 });
      const error = await failureOf(
        writer.transaction(async (query) => {
          await query(insert, [3]);
          between.failNext(fault, /commit/);
        }),
      );
      expect(error).toMatchObject({ code: 'unknown-outcome', exitCode: 8 });
      expect(error.message).toContain(`127.0.0.1:${between.port}`);
      expect(await marks()).toEqual([3]);
      await database.query('delete from marks');
      // the broken connection is not used again
      await writer.transaction((query) => query(insert, [4]));
      expect(await marks()).toEqual([4]);
      await database.query('delete from marks');
    },
  );

  test('a connection that is lost before the commit leaves nothing in doubt', async () => {
    const between = await proxy(database);
    const writer = writing({ port: between.port });
    const error = await failureOf(
      writer.transaction(async (query) => {
        between.failNext('reset-instead-of-reply', /insert/);
        await query(insert, [3]);
      }),
    );
    expect(error.code).toBe('unreachable');
    expect(await marks()).toEqual([]);
  });
});

describe('a server that cannot be used is unreachable: where it was tried is said, and no secret', () => {
  const unusable: readonly (readonly [string, () => Promise<Partial<PostgresOptions>>, RegExp])[] = [
    ['nobody listens', async () => ({ port: await freePort() }), /no answer .*ECONNREFUSED/],
    ['the password is wrong', async () => ({ password: async () => canary }), /password was refused/],
    [
      'it asks for a password and there is none',
      async () => ({ password: null }),
      /asks user postgres for a password and the target has none/,
    ],
    ['the database does not exist', async () => ({ database: 'nowhere' }), /database does not exist/],
    [
      'it takes the connection and never answers',
      async () => ({ port: (await proxy(null)).port, connectTimeoutMs: 150 }),
      /no answer/,
    ],
  ];
  test.each(unusable)('%s', async (_, make, message) => {
    const changes = await make();
    for (const use of [
      () => reading(changes).query(one),
      () => writing(changes).transaction((query) => query(one)),
    ]) {
      const error = await failureOf(use());
      expect(error).toMatchObject({
        code: 'unreachable',
        exitCode: 7,
        message: expect.stringMatching(message),
      });
      expect(error.message).toContain(`127.0.0.1:${changes.port ?? database.port}`);
      expect(inspect(error, { depth: 10 })).not.toContain(canary);
      expect(error.suggestions).not.toEqual([]);
    }
  });

  test('the environment’s PGPASSWORD is not used', async () => {
    process.env.PGPASSWORD = database.password;
    onTestFinished(() => void delete process.env.PGPASSWORD);
    expect((await failureOf(reading({ password: null }).query(one))).code).toBe('unreachable');
  });

  test('a secret that cannot be looked up is the error that is reported', async () => {
    const password = () => Promise.reject(new SpillwayError('usage', 'the secret file is empty.'));
    expect(await failureOf(reading({ password }).query(one))).toMatchObject({
      code: 'usage',
      message: 'the secret file is empty.',
    });
  });

  test('a server process that is frozen: the caller gets its error, and the next one a new connection', async () => {
    const reader = reading({ statementTimeoutMs: 100 });
    const [row] = await reader.query<{ pid: number }>(backend);
    const pid = row?.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(pid, 'SIGCONT'));
    expect((await failureOf(reader.query(one))).code).toBe('unreachable');
    const [next] = await reader.query<{ pid: number }>(backend);
    expect(next?.pid).not.toBe(pid);
  });

  test('a session that the administrator ends, idle or at work, costs one error at most', async () => {
    const reader = reading();
    const end = async () => {
      const [row] = await reader.query<{ pid: number }>(backend);
      return database.query('select pg_terminate_backend($1)', [row?.pid]);
    };
    const atWork = reader.snapshot(async (query) => {
      const [row] = await query<{ pid: number }>(backend);
      await database.query('select pg_terminate_backend($1)', [row?.pid]);
      await query(one);
    });
    expect((await failureOf(atWork)).code).toBe('unreachable');
    await end();
    const outcomes = await Promise.allSettled([reader.query(one), reader.query(one)]);
    expect(outcomes.at(-1)?.status).toBe('fulfilled');
  });

  test('a handle shown in a log shows no password', async () => {
    const reader = reading({ password: async () => canary });
    await failureOf(reader.query(one));
    expect(inspect(reader, { depth: 10, showHidden: true })).not.toContain(canary);
    expect(JSON.stringify(reader)).not.toContain(canary);
  });
});
