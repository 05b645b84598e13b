import type { TestProject } from 'vitest/node';
import { type PostgresConnection, type PostgresServer, startPostgres } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL that all tests of a run share; tests make their databases with `createDatabase()`. */
    postgres: PostgresConnection;
  }
}

/** Several projects use this set-up, each with its own copy of this module; the server is one, and goes with the last of them. */
interface Shared {
  users: number;
  server: Promise<PostgresServer>;
}
const shared = globalThis as typeof globalThis & { spillwayTestPostgres?: Shared };

/** Starts the shared PostgreSQL before the first test file and ends it after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.spillwayTestPostgres ??= { users: 0, server: startPostgres() };
  const mine = shared.spillwayTestPostgres;
  mine.users += 1;
  const server = await mine.server;
  project.provide('postgres', server.connection);
  return async () => {
    mine.users -= 1;
    if (mine.users > 0) return;
    delete shared.spillwayTestPostgres;
    await server.stop();
  };
}
