import type { PostgresBinaries } from '../../backends/binaries.ts';
import type { PostgresReader } from '../../backends/postgres/contract.ts';
import type { Clock } from '../../core/clock.ts';

/** What the pg_dump driver is built from. Building it does no I/O. */
export interface PgDumpOptions {
  /** For the estimate: database size, tables, identity. */
  readonly database: PostgresReader;
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
    /** Called when a dump starts; null where none is needed. */
    readonly password: (() => Promise<string>) | null;
    readonly tls: 'verify-full' | 'disable';
  };
  /** Absolute path of the folder that holds the target's snapshots; made with mode 0700 when needed. */
  readonly folder: string;
  /** Parallel connections of pg_dump. */
  readonly jobs: number;
  /** Limit for the whole dump, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly findPostgres: () => Promise<Pick<PostgresBinaries, 'binDir' | 'version' | 'major'>>;
  /** Where the few variables come from that pg_dump may see. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** How long pg_dump waits for a table that another session holds exclusively, in milliseconds. */
const lockWaitMs = 10_000;

/** Arguments of pg_dump: no password, and the database by the environment, since a name with `=` would be read as a connection string. */
export function dumpArguments(options: PgDumpOptions, into: string): string[] {
  const { host, port, user } = options.connection;
  return [
    '--format=directory',
    `--jobs=${options.jobs}`,
    '--compress=1',
    `--lock-wait-timeout=${lockWaitMs}`,
    '--no-password',
    `--host=${host}`,
    `--port=${port}`,
    `--username=${user}`,
    `--file=${into}`,
  ];
}

/** Variables that libpq reads, for the child process only. The password stands here and never among the arguments. */
export async function connectionEnvironment(
  options: PgDumpOptions,
  clientMajor: number,
): Promise<Record<string, string>> {
  const { connection } = options;
  const password = await connection.password?.();
  return {
    PGDATABASE: connection.database,
    PGAPPNAME: 'spillway-snapshot',
    PGCONNECT_TIMEOUT: '5',
    PGSSLMODE: connection.tls === 'disable' ? 'disable' : 'verify-full',
    ...(connection.tls === 'verify-full' && clientMajor >= 16 ? { PGSSLROOTCERT: 'system' } : {}),
    ...(password === undefined ? {} : { PGPASSWORD: password, PGPASSFILE: '/dev/null' }),
  };
}
