import type { Client } from 'pg';
import type { PostgresReader, Query, ReadOptions, Row } from './contract.ts';
import { endsConnection } from './errors.ts';
import type { PostgresOptions } from './options.ts';
import { demandReading } from './read-statements.ts';
import { PostgresSession } from './session.ts';
import type { Statement } from './statement.ts';

/** Opens nothing yet; see PostgresReader for what the handle promises. */
export function postgresReader(options: PostgresOptions): PostgresReader {
  const session = new PostgresSession(options, 'read');

  function snapshot<T>(work: (query: Query) => Promise<T>, readOptions: ReadOptions = {}): Promise<T> {
    return session.use(async (client) => {
      // Sent, not waited for: what comes next goes out behind it, and fails with it. By SQL: start-up options are dropped by poolers.
      const opened = client.query(opening(limitOf(readOptions), readOptions.visits));
      const query: Query = async (statement, values) => {
        demandReading(statement);
        return extendedQuery(client, statement, values);
      };
      const [begun, worked] = await Promise.allSettled([opened, work(query)]);
      // Without its beginning nothing was fenced: such a connection is not used again.
      if (begun.status === 'rejected') {
        await session.discard();
        throw begun.reason;
      }
      if (worked.status === 'rejected') {
        await rollback(client, session, worked.reason);
        throw worked.reason;
      }
      await client.query('commit');
      return worked.value;
    });
  }

  function single<R extends Row>(statement: Statement, values?: readonly unknown[]): Promise<R[]> {
    return session.use(async (client) => {
      demandReading(statement);
      // All three at once. After a statement that failed, the server takes the commit for a rollback.
      const [begun, answered, ended] = await Promise.allSettled([
        client.query(opening(limitOf({}), undefined)),
        extendedQuery<R>(client, statement, values),
        client.query('commit'),
      ]);
      if (begun.status === 'rejected') {
        await session.discard();
        throw begun.reason;
      }
      if (answered.status === 'rejected') throw answered.reason;
      if (ended.status === 'rejected') throw ended.reason;
      return answered.value;
    });
  }

  function limitOf({ statementTimeoutMs = options.statementTimeoutMs }: ReadOptions): number {
    return Math.min(statementTimeoutMs, options.statementTimeoutMs);
  }

  return {
    address: session.address,
    query: single,
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
  if (endsConnection(cause)) return session.discard();
  try {
    await client.query('rollback');
  } catch {
    await session.discard();
  }
}
