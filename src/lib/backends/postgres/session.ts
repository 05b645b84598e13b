import type { Client } from 'pg';
import { SpillwayError } from '../../core/errors.ts';
import type { PostgresAddress } from './contract.ts';
import { endpoint, endsConnection, translate } from './errors.ts';
import type { PostgresOptions } from './options.ts';

/**
 * One lazily opened connection whose users take turns. A broken connection is dropped and opened anew for the next user.
 * `pg` is imported here, on first use, so that commands that never touch Postgres do not pay for it.
 */
export class PostgresSession {
  readonly address: PostgresAddress;
  readonly #options: PostgresOptions;
  readonly #intent: 'read' | 'write';
  #client: Client | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  /** Gives up the connection attempt that is under way. */
  #opening: (() => void) | null = null;

  constructor(options: PostgresOptions, intent: 'read' | 'write') {
    this.#options = options;
    this.#intent = intent;
    this.address = { host: options.host, port: options.port, database: options.database, user: options.user };
  }

  /** Runs `work` alone on the connection; errors come out translated. */
  use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const result = this.#turn.then(async () => {
      try {
        return await work(await this.#connect());
      } catch (error) {
        // What a late answer would find is another user's statement: this connection is not used again.
        if (endsConnection(error)) await this.discard();
        throw translate(error, this.address, this.#intent);
      }
    });
    // The next in line must not fail because this one did; this one's caller gets the error from `result`.
    this.#turn = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** Forgets the connection, e.g. after a failed rollback; the next use opens another. */
  async discard(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    if (client !== null) await endWithin(client, 500);
  }

  /** Waits for what is under way; a reader that was given up waits a moment only: nothing of it can be lost. */
  async close(): Promise<void> {
    if (this.#intent === 'read') {
      await Promise.race([this.#turn, new Promise((resolve) => setTimeout(resolve, 250).unref())]);
      this.#opening?.();
    } else {
      await this.#turn;
    }
    await this.discard();
  }

  #passwordMissing(): SpillwayError {
    return new SpillwayError(
      'unreachable',
      `PostgreSQL at ${endpoint(this.address)} asks user ${this.address.user} for a password and the target has none.`,
      {
        suggestions: [
          "add the target's `postgres.password` to spillway.yaml: {env: NAME}, {file: PATH} or {command: […]}",
        ],
      },
    );
  }

  async #connect(): Promise<Client> {
    if (this.#client !== null) return this.#client;
    const { Client } = await import('pg');
    const {
      host,
      port,
      database,
      user,
      password,
      tls,
      connectTimeoutMs,
      statementTimeoutMs,
      applicationName,
    } = this.#options;
    const client = new Client({
      host,
      port,
      database,
      user,
      // Called only when the server asks; without it the driver would look for one in the environment and in ~/.pgpass.
      password: password ?? (() => Promise.reject(this.#passwordMissing())),
      ssl: tls === 'verify-full' ? { rejectUnauthorized: true } : false,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: statementTimeoutMs + 1_000,
      application_name: applicationName,
      keepAlive: true,
      // A reading transaction sends its beginning, its statement and its end at once: on a server on its knees every answer is waited for long.
      pipeline: this.#intent === 'read',
    });
    client.on('error', () => {
      // The server ended an idle connection: nothing is lost, the next use connects again.
      if (this.#client === client) this.#client = null;
    });
    this.#opening = () => streamOf(client).destroy();
    try {
      await withDeadline(client.connect(), connectTimeoutMs + 250, 'no answer to the connection attempt');
    } catch (error) {
      void endWithin(client, 100);
      throw error;
    } finally {
      this.#opening = null;
    }
    this.#client = client;
    return client;
  }
}

/** Closes politely, and gives up after `limitMs`: a frozen server must not hold the program. */
async function endWithin(client: Client, limitMs: number): Promise<void> {
  const ended = client.end().then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, limitMs).unref())]);
  streamOf(client).destroy();
}

/** The socket below the client: the only way to end a connection whose server does not answer. */
function streamOf(client: Client): { destroy(): void } {
  return (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream;
}

async function withDeadline<T>(work: Promise<T>, limitMs: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error(message), { code: 'ETIMEDOUT' })), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
