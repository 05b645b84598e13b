import type { Client } from 'pg';
import type { PostgresReader, Query, ReadOptions, Row } from './contract.ts';
import { isConnectionLoss } from './errors.ts';
import type { PostgresOptions } from './options.ts';
import { demandReading } from './read-statements.ts';
import { PostgresSession } from './session.ts';
import type { Statement } from './statement.ts';

/** Opens nothing yet; see PostgresReader for what the handle promises. */
export function postgresReader(options: PostgresOptions): PostgresReader {
  const session = new PostgresSession(options, 'read');

  async function snapshot<T>(work: (query: Query) => Promise<T>, readOptions: ReadOptions = {}): Promise<T> {
    return session.use(async (client) => {
      const limitMs = Math.min(
        readOptions.statementTimeoutMs ?? options.statementTimeoutMs,
        options.statementTimeoutMs,
      );
      // One round trip for all of it, and by SQL: start-up options are dropped by poolers.
      await client.query(opening(limitMs, readOptions.visits));
      try {
        const result = await work(async (statement, values) => {
          demandReading(statement);
          return extendedQuery(client, statement, values);
        });
        await client.query('commit');
        return result;
      } catch (error) {
        await rollback(client, session, error);
        throw error;
      }
    });
  }

  return {
    address: session.address,
    query: (statement, values) => snapshot((query) => query(statement, values)),
    snapshot,
    close: () => session.close(),
  };
}

/** How a reading transaction begins. The only text with several statements that this connection sends; nothing in it comes from outside. */
function opening(limitMs: number, visits: ReadOptions['visits']): string {
  const settings = {
    statement_timeout: String(Math.max(1, Math.round(limitMs))),
    lock_timeout: '200',
    max_parallel_workers_per_gather: '0',
    search_path: 'pg_catalog',
    ...(visits === 'pages'
      ? { enable_indexscan: 'off', enable_indexonlyscan: 'off', enable_seqscan: 'off', jit: 'off' }
      : {}),
  };
  return [
    'begin transaction isolation level repeatable read read only',
    ...Object.entries(settings).map(([name, value]) => `set local ${name} = ${value}`),
  ].join('; ');
}

/** Only the extended protocol: a text that holds two statements is refused by the server. */
export async function extendedQuery<R extends Row>(
  client: Client,
  statement: Statement,
  values: readonly unknown[] = [],
): Promise<R[]> {
  const query = { text: statement.text, values: [...values], queryMode: 'extended' };
  const result = await client.query<R>(query);
  return result.rows;
}

/** Ends a transaction that failed with `cause`; a connection that is gone or cannot even roll back is thrown away, and the first error stays the one that is reported. */
export async function rollback(client: Client, session: PostgresSession, cause: unknown): Promise<void> {
  if (isConnectionLoss(cause)) return session.discard();
  try {
    await client.query('rollback');
  } catch {
    await session.discard();
  }
}
