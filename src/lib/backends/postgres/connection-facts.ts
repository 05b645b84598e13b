import type { Client } from 'pg';
import type { PostgresOptions } from './options.ts';
import { PostgresSession } from './session.ts';

/** What the client's end of a connection knows; the server's end may be behind a pooler. */
export interface ConnectionFacts {
  /** `TLSv1.3`; null: plain text. */
  readonly tls: string | null;
  /** The process that the connection was made to, and the one that answers: a pooler makes the first one up. */
  readonly announcedPid: number | null;
  readonly answeringPid: number;
  /** Milliseconds since 1970 by the server's clock, and by ours in the middle of the question; and the time of question and answer. */
  readonly serverMs: number;
  readonly localMs: number;
  readonly roundTripMs: number;
}

/** What `pg` keeps of the start of a connection; its types do not say so. */
interface Internals {
  readonly processID: number | null;
  readonly connection: { readonly stream: { getProtocol?(): string | null } };
}

/** Opens a connection of its own, looks, and closes it. `nowMs` is this machine's clock. Throws SpillwayError as PostgresReader. */
export async function connectionFacts(
  options: PostgresOptions,
  nowMs: () => number,
): Promise<ConnectionFacts> {
  const session = new PostgresSession(options, 'read');
  try {
    return await session.use(async (client: Client) => {
      const ask = async () => {
        const startedMs = nowMs();
        const { rows } = await client.query<{ pid: number; at: number }>(
          `select pg_catalog.pg_backend_pid() as pid, extract(epoch from pg_catalog.clock_timestamp())::float8 * 1000 as at`,
        );
        const endedMs = nowMs();
        return { row: rows[0], localMs: (startedMs + endedMs) / 2, roundTripMs: endedMs - startedMs };
      };
      // the first question pays for a server connection of a pooler and for cold caches
      await ask();
      const { row, localMs, roundTripMs } = await ask();
      const { processID, connection } = client as unknown as Internals;
      return {
        tls: connection.stream.getProtocol?.() ?? null,
        announcedPid: processID,
        answeringPid: Number(row?.pid),
        ...{ serverMs: Number(row?.at), localMs, roundTripMs },
      };
    });
  } finally {
    await session.close();
  }
}
