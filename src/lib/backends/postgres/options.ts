/** What a connection needs. `password` is called at connect time and its result is held by the driver only. */
export interface PostgresOptions {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: (() => Promise<string>) | null;
  /** `verify-full` everywhere but on loopback, where `disable` is allowed. */
  readonly tls: 'verify-full' | 'disable';
  /** Limit for connecting and logging in, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Limit for one statement, in milliseconds, on the server; the client gives up a second later. */
  readonly statementTimeoutMs: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
}
