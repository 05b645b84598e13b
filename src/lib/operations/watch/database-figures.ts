import type { ConnectionCount } from '../../orchestrator/database.ts';
import type { Pulse } from '../../orchestrator/pulse.ts';
import { rateBetween } from '../errors/rate.ts';
import type { Reading } from './history.ts';

/** Writes to the error-log tables. Rates are null until there are two readings. */
export interface ErrorsFigure {
  readonly errorsPerSecond: number | null;
  /** Inserts and updates of the log and its totals. */
  readonly writesPerSecond: number | null;
  /** Errors a second between each two readings, oldest first, at most 60. */
  readonly series: readonly number[];
}

/** What sessions do, on average over the samples of the window. */
export interface WaitFigure {
  /** Null: not waiting, that is on a CPU. */
  readonly waitType: string | null;
  readonly waitEvent: string | null;
  readonly sessions: number;
}

export interface DatabaseFigure {
  readonly samples: number;
  readonly activeSessions: number;
  /** Of the active ones those whose statement names an error-log table. */
  readonly onErrorLog: number;
  /** Active sessions by what they wait for, most first. */
  readonly waits: readonly WaitFigure[];
  readonly idleInTransaction: number;
  /** Sessions whose state the role may not see. */
  readonly hidden: number;
  readonly connections: ConnectionCount | null;
}

const longestSeries = 60;

/** `window`: readings of the window; `all`: everything kept, for the series. */
export function errorsOf(window: readonly Reading<Pulse>[], all: readonly Reading<Pulse>[]): ErrorsFigure {
  const first = window[0]?.value.counters;
  const last = window.at(-1)?.value.counters;
  const rate =
    first === undefined || last === undefined || window.length < 2 ? null : rateBetween(first, last);
  const recent = all.slice(-longestSeries - 1);
  const series = recent.slice(1).map((reading, index) => {
    const before = recent[index]?.value.counters ?? reading.value.counters;
    return rateBetween(before, reading.value.counters).errorsPerSecond;
  });
  return {
    errorsPerSecond: rate?.errorsPerSecond ?? null,
    writesPerSecond: rate?.writesPerSecond ?? null,
    series,
  };
}

export function databaseOf(window: readonly Reading<Pulse>[]): DatabaseFigure {
  const samples = Math.max(1, window.length);
  const waits = new Map<string, WaitFigure>();
  let active = 0;
  let onErrorLog = 0;
  let idleInTransaction = 0;
  let hidden = 0;
  for (const { value } of window) {
    hidden += value.sessions.hidden / samples;
    for (const group of value.sessions.groups) {
      const share = group.sessions / samples;
      if (group.state.startsWith('idle in transaction')) idleInTransaction += share;
      if (group.state !== 'active') continue;
      active += share;
      onErrorLog += group.onErrorLog / samples;
      const { waitType, waitEvent } = group;
      const key = JSON.stringify([waitType, waitEvent]);
      waits.set(key, { waitType, waitEvent, sessions: (waits.get(key)?.sessions ?? 0) + share });
    }
  }
  const connections = window.at(-1)?.value.connections;
  return {
    samples: window.length,
    activeSessions: active,
    onErrorLog,
    waits: [...waits.values()].sort((a, b) => b.sessions - a.sessions),
    idleInTransaction,
    hidden,
    connections: connections?.ok === true ? connections.value : null,
  };
}
