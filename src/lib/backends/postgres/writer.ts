import { messageOf, SpillwayError } from '../../core/errors.ts';
import type { PostgresWriter } from './contract.ts';
import { endpoint, isConnectionLoss } from './errors.ts';
import type { PostgresOptions } from './options.ts';
import { extendedQuery, rollback } from './reader.ts';
import { PostgresSession } from './session.ts';

/** Opens nothing yet; see PostgresWriter for what the handle promises. */
export function postgresWriter(options: PostgresOptions): PostgresWriter {
  const session = new PostgresSession(options, 'write');
  return {
    address: session.address,
    transaction: (work) =>
      session.use(async (client) => {
        await client.query('begin transaction read write');
        let result: Awaited<ReturnType<typeof work>>;
        try {
          await client.query(
            `select set_config('statement_timeout', $1, true), set_config('lock_timeout', '2000', true), set_config('search_path', 'pg_catalog', true)`,
            [String(options.statementTimeoutMs)],
          );
          result = await work((statement, values) => extendedQuery(client, statement, values));
        } catch (error) {
          await rollback(client, session);
          throw error;
        }
        try {
          await client.query('commit');
        } catch (error) {
          if (!isConnectionLoss(error)) throw error;
          await session.discard();
          throw new SpillwayError(
            'unknown-outcome',
            `PostgreSQL at ${endpoint(session.address)}: the connection was lost while committing (${messageOf(error)}); whether the change was made is not known.`,
            { cause: error },
          );
        }
        return result;
      }),
    close: () => session.close(),
  };
}
