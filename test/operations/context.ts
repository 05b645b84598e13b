import { type Clock, systemClock } from '../../src/lib/core/clock.ts';
import type { Json } from '../../src/lib/core/json.ts';
import type { ReadContext, WriteContext } from '../../src/lib/core/operation.ts';
import type { Step } from '../../src/lib/core/step.ts';
import type { ReadAccess, WriteAccess } from '../../src/lib/operations/access.ts';

interface ContextParts {
  readonly read?: Partial<ReadAccess>;
  readonly write?: Partial<WriteAccess>;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/** What an operation reads when only some parts of a target are there. */
export function readContextOf(parts: ContextParts): ReadContext<ReadAccess> {
  return {
    target: 'test',
    read: { ...parts.read } as ReadAccess,
    clock: parts.clock ?? systemClock,
    signal: parts.signal ?? new AbortController().signal,
    progress: () => undefined,
    actor: 'tester@host',
  };
}

/** Applies without a journal: every step runs at once; `steps` keeps what became of it. */
export function writeContextOf(
  parts: ContextParts,
): WriteContext<ReadAccess, WriteAccess> & { readonly steps: Step[] } {
  const steps: Step[] = [];
  const keep = (change: Step['change'], undo: Json, status: Step['status'], result: Json) => {
    const at = new Date().toISOString();
    steps.push({
      ...{ id: `s-${steps.length + 1}`, runId: 'run-test', bookStep: null, operation: 'test', change, undo },
      ...{ status, result, error: null, startedAt: at, finishedAt: at, undoneBy: null },
    });
  };
  return {
    ...readContextOf(parts),
    runId: 'run-test',
    steps,
    async step(change, undo, effect) {
      try {
        const result = await effect({ ...parts.write } as WriteAccess);
        keep(change, undo, 'done', result);
        return result;
      } catch (error) {
        keep(change, undo, 'failed', null);
        throw error;
      }
    },
    checkpoint: async () => undefined,
  };
}

/** A clock that a test moves: sleeping passes the time at once. */
export function steppedClock(start = '2026-01-01T00:00:00.000Z'): Clock {
  let elapsedMs = 0;
  return {
    now: () => new Date(Date.parse(start) + elapsedMs),
    monotonicMs: () => elapsedMs,
    async sleep(durationMs, signal) {
      signal?.throwIfAborted();
      elapsedMs += durationMs;
    },
  };
}
