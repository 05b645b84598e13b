import type { ConnectionCount, SessionSample } from './database.ts';
import type { ErrorLogCounters, TailCursor, TailReading } from './error-log.ts';
import type { Names } from './records.ts';

/** A piece of a pulse, or why it is missing. */
export type Beat<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string };

export interface PulseRequest {
  /** Where the last pulse stopped reading the log's tail; null for the first. */
  readonly after: TailCursor | null;
  /** When the last pulse was taken, by the server's clock (epoch seconds); null for the first. Rows since then count as fresh. */
  readonly lastAtEpochSeconds: number | null;
  /** Most rows of the log that are read. */
  readonly limitRows: number;
  /** Most pages of the log that are read where it has no key to follow. */
  readonly limitPages: number;
  /** Conversations whose names are known already. */
  readonly named: readonly number[];
}

/** One look at the database. Sessions and counters are always there; the rest may be missing by itself. */
export interface Pulse {
  readonly counters: ErrorLogCounters;
  readonly sessions: SessionSample;
  readonly connections: Beat<ConnectionCount>;
  readonly tail: Beat<TailReading>;
  /** Names of conversations that lead the tail and were not named before. */
  readonly conversations: Beat<Names['conversations']>;
}

/**
 * What a screen that looks again and again may ask of the database: one connection, one short transaction, a bounded number of rows and pages.
 * Errors as OrchestratorReader, when not even sessions and counters could be read. Rows of the last 10 s count as recent in the first tail.
 */
export interface PulseReader {
  pulse(request: PulseRequest): Promise<Pulse>;
}
