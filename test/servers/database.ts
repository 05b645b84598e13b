import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { PostgresConnection } from './postgres-server.ts';

/** A fresh, empty database on the PostgreSQL that all tests share. */
export interface TestDatabase extends PostgresConnection {
  /** The same as a URL with the password in it. */
  readonly url: string;
  /** Runs SQL (one statement with parameters, or several without) on a connection of its own, as superuser, and gives the rows of the last. */
  query<Row extends pg.QueryResultRow>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Removes it, with whoever is still connected. */
  drop(): Promise<void>;
}

/** Creates a database (some 50 ms). Call `drop()` in `afterAll` or `onTestFinished`. Only for projects whose set-up starts PostgreSQL: contract, integration, cli, fault. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = inject('postgres');
  const database = `test_${randomBytes(6).toString('hex')}`;
  await query(server, `create database ${database}`);
  const connection = { ...server, database };
  return {
    ...connection,
    url: `postgresql://${connection.user}:${connection.password}@${connection.host}:${connection.port}/${database}`,
    query: (sql, parameters) => query(connection, sql, parameters),
    drop: async () => {
      await query(server, `drop database if exists ${database} with (force)`);
    },
  };
}

async function query<Row extends pg.QueryResultRow>(
  connection: PostgresConnection,
  sql: string,
  parameters?: readonly unknown[],
): Promise<Row[]> {
  const client = new pg.Client({ ...connection, application_name: 'spillway-test' });
  await client.connect();
  try {
    const result: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await client.query<Row>(
      sql,
      parameters ? [...parameters] : undefined,
    );
    // pg gives an array for several statements; its types do not say so
    const last = Array.isArray(result) ? result.at(-1) : result;
    return last?.rows ?? [];
  } finally {
    await client.end();
  }
}
