import type { Client, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { openPostgres } from '../connections.ts';
import { roles } from '../names.ts';
import { readSecret } from '../record.ts';
import type { ServiceContext } from './context.ts';

/** One Postgres session that is opened on first use, and opened again after it broke. One statement at a time. */
export class PostgresSession {
  readonly #context: ServiceContext;
  readonly #applicationName: string;
  #client: Client | undefined;

  constructor(context: ServiceContext, applicationName: string) {
    this.#context = context;
    this.#applicationName = applicationName;
  }

  async query<Row extends QueryResultRow>(statement: QueryConfig): Promise<QueryResult<Row>> {
    const client = await this.#connected();
    return client.query<Row>(statement);
  }

  /** begin, work, commit; rolled back when the work throws. */
  async transaction<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const client = await this.#connected();
    await client.query('begin');
    try {
      const result = await work(client);
      await client.query('commit');
      return result;
    } catch (error) {
      // on a broken connection there is nothing to roll back: the server has done so
      if (this.#client === client) await client.query('rollback');
      throw error;
    }
  }

  async end(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  async #connected(): Promise<Client> {
    if (this.#client) return this.#client;
    const { record } = this.#context;
    const client = await openPostgres({
      port: record.postgres.port,
      user: roles.orchestrator,
      password: readSecret(record.layout, 'postgres-orchestrator'),
      applicationName: this.#applicationName,
    });
    const drop = (): void => {
      if (this.#client === client) this.#client = undefined;
    };
    client.on('error', (error) => {
      this.#context.log(`${this.#applicationName}: Postgres session lost: ${error.message}`);
      drop();
    });
    client.on('end', drop);
    this.#client = client;
    return client;
  }
}

/** Whether Postgres refused the data of a statement (SQLSTATE class 22 or 23): the same statement will never succeed. */
export function isDataError(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^2[23]...$/.test(error.code)
  );
}
