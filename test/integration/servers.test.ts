import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createDatabase } from '../servers/database.ts';
import { startPostgres } from '../servers/postgres-server.ts';
import { startRedis } from '../servers/redis.ts';

test('every database that is created is empty, on the same server, and gone after drop', async () => {
  const [one, other] = await Promise.all([createDatabase(), createDatabase()]);
  await one.query('create table marks (id int); insert into marks values (7)');
  expect(await one.query('select id from marks where id = $1', [7])).toEqual([{ id: 7 }]);
  expect(await other.query("select to_regclass('marks') as found")).toEqual([{ found: null }]);
  expect(one.port).toBe(inject('postgres').port);
  await one.drop();
  await expect(one.query('select 1')).rejects.toThrow(/does not exist/);
  await other.drop();
});

test('the shared PostgreSQL asks for its password', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const { default: pg } = await import('pg');
  const client = new pg.Client({ ...database, password: 'wrong' });
  await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
});

test('a private PostgreSQL takes settings, and is gone after stop', async () => {
  const server = await startPostgres({ durable: true, settings: { max_connections: '17' } });
  const { default: pg } = await import('pg');
  const client = new pg.Client(server.connection);
  await client.connect();
  const { rows } = await client.query(
    "select current_setting('max_connections') as most, current_setting('fsync') as fsync",
  );
  expect(rows).toEqual([{ most: '17', fsync: 'on' }]);
  await client.end();
  await server.stop();
  expect(() => process.kill(server.pid, 0)).toThrow(/ESRCH/);
});

test('a private Redis is empty, asks for the password it was given, and is gone after stop, even when it was killed', async () => {
  const server = await startRedis({ password: 'secret', appendOnly: true });
  const redis = new Redis({ ...server, password: 'secret', maxRetriesPerRequest: 0, retryStrategy: null });
  onTestFinished(() => redis.disconnect());
  const lost = new Promise((resolve) => redis.once('close', resolve));
  const connectionErrors: Error[] = [];
  redis.on('error', (error) => connectionErrors.push(error));
  expect(await redis.dbsize()).toBe(0);
  expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
  process.kill(server.pid, 'SIGKILL');
  await lost;
  await server.stop();
  expect(() => process.kill(server.pid, 0)).toThrow(/ESRCH/);
});
