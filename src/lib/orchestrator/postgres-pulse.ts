import type { PostgresReader, Query, Row } from '../backends/postgres/contract.ts';
import { selectTailAccess } from '../backends/postgres/sql/error-log.ts';
import type { TableNames } from '../backends/postgres/sql/tables.ts';
import type { Statement } from '../backends/postgres/statement.ts';
import { messageOf } from '../core/errors.ts';
import type { TailReading } from './error-log.ts';
import { postgresDatabaseReader } from './postgres-database.ts';
import { postgresOrchestratorReader } from './postgres-reader.ts';
import type { Beat, Pulse, PulseReader, PulseRequest } from './pulse.ts';

type Parts = Partial<{ -readonly [Part in keyof Pulse]: Pulse[Part] }>;

/** Limit for each statement of a pulse, in milliseconds: rather a missing line than a burden. */
const statementLimitMs = 1_000;
/** Rows older than this before the first pulse are not "now". */
const recentSeconds = 10;
/** Conversations of a reading whose names are looked up. */
const mostNames = 30;

/** How the log can be read changes with its definition only: looked up with every so many pulses, because planning that statement costs as much as the rest of a small pulse. */
const pulsesToALookUp = 30;

/** See PulseReader: the readers that the commands use, all inside one transaction. Connects on first use. */
export function postgresPulseReader(handle: PostgresReader, names: TableNames): PulseReader {
  let access: readonly Row[] = [];
  let pulses = 0;

  /** The handle as it is inside one of its own transactions: every statement joins that one. */
  function within(query: Query): PostgresReader {
    const remembering: Query = async <R extends Row>(statement: Statement, values?: readonly unknown[]) => {
      if (statement !== selectTailAccess) return query<R>(statement, values);
      if (access.length === 0) {
        const rows = await query(statement, values);
        // Counting buffers takes two more statements; what is read is bounded anyway.
        access = rows.map((row) => ({ ...row, counts_buffers: false }));
      }
      return access as R[];
    };
    return {
      address: handle.address,
      query: remembering,
      snapshot: (work) => work(remembering),
      close: async () => undefined,
    };
  }

  return {
    async pulse(request) {
      if (pulses % pulsesToALookUp === 0) access = [];
      pulses += 1;
      const parts: Parts = {};
      try {
        await handle.snapshot((query) => take(within(query), names, request, parts), {
          statementTimeoutMs: statementLimitMs,
          visits: 'pages',
        });
      } catch (error) {
        // A statement that failed ended the transaction: what was read before it stands, it and what comes after it are missing.
        access = [];
        if (!hasStatistics(parts)) throw error;
        return completed(parts, messageOf(error));
      }
      if (!hasStatistics(parts)) throw new RangeError('a pulse without statistics cannot succeed');
      return completed(parts, 'not read');
    },
  };
}

/** The readings in the order in which they can fail: the statistics wait for nobody, the log itself may be locked. */
async function take(
  inside: PostgresReader,
  names: TableNames,
  request: PulseRequest,
  parts: Parts,
): Promise<void> {
  const database = postgresDatabaseReader(inside, names);
  const orchestrator = postgresOrchestratorReader(inside, names);
  parts.sessions = await database.sessions();
  const counters = await orchestrator.errorLogCounters();
  parts.counters = counters;
  parts.connections = { ok: true, value: await database.connections() };
  const { after, limitRows, limitPages, lastAtEpochSeconds } = request;
  const since = lastAtEpochSeconds ?? counters.atEpochSeconds;
  const tail = await orchestrator.errorLogTail({
    by: 'conversation',
    after,
    limitRows,
    limitPages,
    freshSinceEpochSeconds: since,
    recentSinceEpochSeconds: since - recentSeconds,
  });
  parts.tail = { ok: true, value: tail };
  const unnamed = leading(tail).filter((id) => !request.named.includes(id));
  const found =
    unnamed.length === 0 ? null : await orchestrator.names({ conversationIds: unnamed.slice(0, mostNames) });
  parts.conversations = { ok: true, value: found?.conversations ?? new Map() };
}

/** Conversations of a reading, the one with most rows first. */
function leading(tail: TailReading): number[] {
  const rows = new Map<number, number>();
  for (const { group, recent } of tail.counts) {
    if (group !== null && recent > 0) rows.set(Number(group), (rows.get(Number(group)) ?? 0) + recent);
  }
  return [...rows].sort(([, a], [, b]) => b - a).map(([id]) => id);
}

type WithStatistics = Parts & Pick<Pulse, 'counters' | 'sessions'>;

function hasStatistics(parts: Parts): parts is WithStatistics {
  return parts.counters !== undefined && parts.sessions !== undefined;
}

function completed(parts: WithStatistics, reason: string): Pulse {
  const missing: Beat<never> = { ok: false, reason };
  return { connections: missing, tail: missing, conversations: missing, ...parts };
}
