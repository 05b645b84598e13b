import type { Redis } from 'ioredis';
import type { Client } from 'pg';
import { databaseName, loopback } from './names.ts';

export interface PostgresAccess {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database?: string;
  readonly applicationName: string;
}

/** A connected client. Load cost: `pg`, about 25 ms. The caller handles its `error` event and ends it. */
export async function openPostgres(access: PostgresAccess): Promise<Client> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    host: loopback,
    port: access.port,
    user: access.user,
    password: access.password,
    database: access.database ?? databaseName,
    application_name: access.applicationName,
    connectionTimeoutMillis: 5_000,
  });
  await client.connect();
  return client;
}

export interface RedisAccess {
  readonly port: number;
  readonly password: string;
  readonly connectionName: string;
  /** False: commands are sent to a server that is busy or loading, too. */
  readonly waitUntilReady?: boolean;
}

/**
 * A client that connects on first use and reconnects by itself, but never sends a command twice: a command whose reply was
 * lost is rejected, which means *unknown*. The caller listens to `error`.
 */
export async function createRedis(access: RedisAccess): Promise<Redis> {
  const { Redis: RedisClient } = await import('ioredis');
  return new RedisClient({
    host: loopback,
    port: access.port,
    password: access.password,
    connectionName: access.connectionName,
    lazyConnect: true,
    enableReadyCheck: access.waitUntilReady ?? true,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
    retryStrategy: (attempt: number) => Math.min(attempt * 50, 500),
  });
}
