import type { QueueDepth } from '../../../src/lib/drivers/queue/driver.ts';
import {
  emptyHistory,
  type WatchHistory,
  withPulse,
  withQueues,
  withServices,
} from '../../../src/lib/operations/watch/history.ts';
import type { Pulse } from '../../../src/lib/orchestrator/pulse.ts';

/** When the samples begin: epoch milliseconds. */
export const beginMs = Date.parse('2026-11-22T08:00:00.000Z');

/** A name as an attacker would choose it: clears the screen, goes back in the line, turns the text around. */
export const evil = '\u001b[2J\rReminders\u202e of a client with quite a long name';

/** A pulse `second` seconds after the beginning: `errors` were written so far, and the tail holds these rows by conversation, on 200 pages. */
export function pulseOf(
  second: number,
  errors: number,
  rows: Readonly<Record<number, number>> = {},
  parts: Partial<Pulse> = {},
): Pulse {
  const counts = Object.entries(rows).flatMap(([group, all]) =>
    Array.from({ length: 200 }, (_, page) => {
      const own = all / 200 + (page % 2 === 0 ? all / 2_000 : -all / 2_000);
      return { page: `${second}/${page}`, group, rows: own, recent: own, fresh: own };
    }),
  );
  const table = { inserted: errors, updated: 0, deleted: 0 };
  return {
    counters: {
      atEpochSeconds: beginMs / 1_000 + second,
      errorLog: { table: 'orchestrator.error_log', ...table },
      errorTotals: { table: 'orchestrator.error_totals', ...table, inserted: 0, updated: errors },
    },
    sessions: {
      groups: [
        { state: 'active', waitType: 'Lock', waitEvent: 'tuple', sessions: 8, onErrorLog: 8 },
        { state: 'active', waitType: null, waitEvent: null, sessions: 2, onErrorLog: 0 },
        { state: 'idle', waitType: 'Client', waitEvent: 'ClientRead', sessions: 20, onErrorLog: 0 },
      ],
      hidden: 0,
    },
    connections: { ok: true, value: { used: 32, most: 200, reserved: 3 } },
    tail: {
      ok: true,
      value: {
        ...{ method: 'key-desc', key: 'id', counts, codes: [], limited: false, buffers: 42 },
        ...{ buffersCounted: true, cursor: { key: String(errors), block: null } },
      },
    },
    conversations: { ok: true, value: new Map() },
    ...parts,
  };
}

export function depthOf(channel: string, second: number, parts: Partial<QueueDepth> = {}): QueueDepth {
  return {
    ...{ channel, waiting: 1_000, held: 0, processing: 4, injected: 100 * second, processed: 50 * second },
    ...{ delivered: 40 * second, failed: 10 * second, quarantined: 0, archived: 0 },
    oldestEnqueuedAt: new Date(beginMs - 60_000).toISOString(),
    atMs: beginMs + second * 1_000,
    ...parts,
  };
}

/** Three samples a second apart of a storm by `conversations` conversations: 1,000 errors a second, two channels, one service that is down. */
export function storm(conversations = 3): WatchHistory {
  let history = emptyHistory;
  const names = new Map(
    Array.from({ length: conversations }, (_, place) => [
      place + 1,
      {
        name: place === 0 ? evil : `Conversation ${place + 1}`,
        clientId: 7,
        client: `Client ${'cba'[place] ?? 'z'}`,
      },
    ]),
  );
  for (const second of [0, 1, 2]) {
    const rows = Object.fromEntries([...names.keys()].map((id) => [id, 2_000 / 2 ** id]));
    const atMs = beginMs + second * 1_000;
    const found = { ok: true, value: names } as const;
    history = withPulse(history, pulseOf(second, 1_000 * second, rows, { conversations: found }), atMs, 4);
    const depths = [depthOf('email', second), depthOf('sms', second, { waiting: 5_000, failed: 0 })];
    history = withQueues(history, depths, atMs);
  }
  const service = (name: string, order: number, healthy: boolean, detail: string) => ({
    ...{ name, order, healthy, detail, checkedAt: '2026-11-22T08:00:00.000Z' },
    ...{ healthyWithinMs: 1_000, restartCommand: [] },
  });
  return withServices(
    history,
    [service('director', 1, true, '200 in 4 ms'), service('email', 2, false, 'connection refused')],
    beginMs + 2_000,
  );
}
