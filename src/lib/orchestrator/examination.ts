/** What a connection turned out to be. */
export interface PostgresSeen {
  readonly database: string;
  readonly user: string;
  readonly version: string;
  readonly versionNumber: number;
  readonly standby: boolean;
  /** Null where the role or the service does not allow to see it. */
  readonly systemIdentifier: string | null;
  /** The protocol towards what the connection was made to, such as `TLSv1.3`; null: plain text. */
  readonly tls: string | null;
  /** Something stands between: the process that answers is not the one that the connection was made to. */
  readonly pooled: boolean;
  /** Server's clock less this machine's, in milliseconds, and how far that may be wrong. */
  readonly clockAheadMs: number;
  readonly clockErrorMs: number;
}

/** What a piece of the program's work needs of a role. */
export type PostgresWork = 'look' | 'operate' | 'purge';

/** One privilege that a role needs. `object` is null for a membership. */
export interface PrivilegeSeen {
  readonly work: PostgresWork;
  /** `select on orchestrator.clients`, `pg_monitor`. */
  readonly name: string;
  /** Null: there is no such table in the database. */
  readonly held: boolean | null;
  /** The statement that gives it. */
  readonly grant: string;
}

/** How one role's connection to Postgres is examined. Connects on first use; everything is read. Errors as OrchestratorReader. */
export interface PostgresExaminer {
  readonly address: { readonly host: string; readonly port: number; readonly user: string };
  /** What the configuration asks for. */
  readonly tls: 'verify-full' | 'disable';
  seen(): Promise<PostgresSeen>;
  privileges(work: readonly PostgresWork[]): Promise<PrivilegeSeen[]>;
  /** `missing`: not in this database; `unloaded`: there, but its library was not loaded at the start of the server. */
  statementStatistics(): Promise<'ready' | 'missing' | 'unloaded'>;
}

export interface RedisSeen {
  /** `Redis 7.0.15`, `Valkey 8.0.1`. */
  readonly version: string;
  /** Major version of the Redis whose commands it knows. */
  readonly major: number;
  readonly replica: boolean;
  /** `noeviction`, `allkeys-lru`, … */
  readonly evictionPolicy: string;
  readonly clockAheadMs: number;
  readonly clockErrorMs: number;
}

/** One command that the user must be allowed to send. */
export interface RedisPermission {
  readonly command: string;
  readonly held: boolean;
  /** The rule that gives it. */
  readonly rule: string;
}

/** How the connection to Redis is examined. */
export interface RedisExaminer {
  readonly address: { readonly host: string; readonly port: number };
  readonly tls: boolean;
  seen(): Promise<RedisSeen>;
  /** Null where the user may not ask (`ACL DRYRUN`): then nothing is known. */
  permissions(): Promise<{ readonly user: string; readonly permissions: readonly RedisPermission[] } | null>;
}

/** A program of this machine, or why there is none. */
export type ProgramSeen =
  | { readonly ok: true; readonly version: string; readonly major: number; readonly place: string }
  | { readonly ok: false; readonly reason: string; readonly install: string };

/** Everything of a target that can be wrong before an incident. Null: the target has no such store. */
export interface Examination {
  readonly postgres: {
    /** The reading role where the target has one. */
    readonly reader: PostgresExaminer | null;
    readonly main: PostgresExaminer;
    /** `identity.systemIdentifier` of the configuration. */
    readonly pinned: string | null;
  } | null;
  readonly redis: RedisExaminer | null;
  programs(): Promise<{ readonly postgres: ProgramSeen; readonly redis: ProgramSeen }>;
}
