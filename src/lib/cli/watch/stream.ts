import type { WatchFigures } from '../../operations/watch/figures.ts';
import type { Session } from '../session.ts';
import { Sampler } from './sampler.ts';

export interface StreamOptions {
  readonly intervalMs: number;
  readonly windowSeconds: number;
  /** Ends after so many lines; null: never. */
  readonly ticks: number | null;
  write(document: WatchDocument): void;
  /** Whether the reader of the lines has gone. */
  gone(): boolean;
}

/** One line: `spillway/watch/1` without its schema. */
export interface WatchDocument extends WatchFigures {
  readonly target: string;
  /** From 1. */
  readonly tick: number;
  /** ISO-8601. */
  readonly at: string;
  readonly windowSeconds: number;
  readonly intervalSeconds: number;
  readonly incident: {
    readonly id: string;
    readonly title: string;
    readonly severity: string;
    readonly openedAt: string;
  } | null;
  /** Why the journal could not be read; null when it could. */
  readonly journalFailure: string | null;
}

export interface StreamEnd {
  readonly how: 'ticks' | 'gone' | 'interrupted';
  /** Whether one of the two stores answered at the last tick. */
  readonly anyStore: boolean;
}

/** Longest wait for an answer before a line is written without it, in milliseconds. */
const longestAnswerMs = 1_000;

/** A line a tick. Samples are taken once before the first tick, so that every line has rates. */
export async function watchStream(session: Session, options: StreamOptions): Promise<StreamEnd> {
  const { clock, signal } = session.env;
  const { intervalMs, windowSeconds, ticks } = options;
  const stop = new AbortController();
  const sampler = new Sampler(session, { intervalMs, signal: AbortSignal.any([signal, stop.signal]) });
  const bugs: unknown[] = [];
  const sample = async () => {
    const sampled = sampler.tick().catch((error: unknown) => {
      bugs.push(error);
    });
    await Promise.race([sampled, clock.sleep(Math.min(longestAnswerMs, intervalMs))]);
    if (bugs.length > 0) throw bugs[0];
  };
  let anyStore = false;
  const end = (how: StreamEnd['how']): StreamEnd => ({ how, anyStore });
  try {
    let dueMs = clock.monotonicMs();
    await sample();
    for (let tick = 1; ticks === null || tick <= ticks; tick += 1) {
      // Ticks that were missed while the process or the machine was stopped are not made up for.
      dueMs = Math.max(dueMs + intervalMs, clock.monotonicMs());
      const waitMs = dueMs - clock.monotonicMs();
      if (waitMs > 0 && !(await sleptThrough(session, waitMs))) return end('interrupted');
      if (options.gone()) return end('gone');
      await sample();
      if (signal.aborted) return end('interrupted');
      const figures = sampler.figures(windowSeconds);
      anyStore = figures.queues.ok || figures.database.ok;
      options.write({
        target: session.target,
        tick,
        at: clock.now().toISOString(),
        windowSeconds,
        intervalSeconds: intervalMs / 1_000,
        incident: incidentOf(sampler),
        journalFailure: sampler.journalFailure,
        ...figures,
      });
    }
    return end('ticks');
  } finally {
    stop.abort();
  }
}

function incidentOf({ incident }: Sampler): WatchDocument['incident'] {
  if (incident === null) return null;
  const { id, title, severity, openedAt } = incident;
  return { id, title, severity, openedAt };
}

/** False when the person interrupted meanwhile. */
async function sleptThrough({ env }: Session, durationMs: number): Promise<boolean> {
  try {
    await env.clock.sleep(durationMs, env.signal);
    return true;
  } catch (error) {
    if (env.signal.aborted) return false;
    throw error;
  }
}
