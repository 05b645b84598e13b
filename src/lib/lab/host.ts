/**
 * What the lab needs of the machine and of the process that calls it. Only `cli` (and the lab's own process entry) touch
 * `process`, so it is handed in.
 */
export interface LabHost {
  /** The Node.js 24 binary that runs the services (`process.execPath`). */
  readonly nodePath: string;
  /** The caller's own pid; it holds the lab's lock. */
  readonly pid: number;
  /** The numeric user id of the caller; 0 is root. */
  readonly uid: number;
  /** Where to look for PostgreSQL and Redis: `PATH`, `SPILLWAY_PG_BIN`, `SPILLWAY_REDIS_BIN`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `process.kill`: throws an error with code ESRCH when there is no such process. */
  signal(pid: number, signal: NodeJS.Signals): void;
}
