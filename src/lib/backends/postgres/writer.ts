import { messageOf, SpillwayError } from '../../core/errors.ts';
import type { PostgresWriter } from './contract.ts';
import { endpoint, endsConnection } from './errors.ts';
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
          await rollback(client, session, error);
          throw error;
        }
        let ended: string;
        try {
          ended = (await client.query('commit')).command;
        } catch (error) {
          // A server that shuts down (57P01, 57P02) may have committed before it says so.
          if (!endsConnection(error)) throw error;
          await session.discard();
          throw new SpillwayError(
            'unknown-outcome',
            `PostgreSQL at ${endpoint(session.address)}: the connection was lost while committing (${messageOf(error)}); whether the change was made is not known.`,
            { cause: error },
          );
        }
        // Of a transaction in which a statement failed, the server makes a rollback, without an error.
        if (ended !== 'COMMIT')
          throw new SpillwayError(
            'failed',
            `PostgreSQL at ${endpoint(session.address)} rolled the change back: one of its statements had failed. Nothing was changed.`,
          );
        return result;
      }),
    close: () => session.close(),
  };
}
