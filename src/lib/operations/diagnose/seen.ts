import { messageOf, SpillwayError } from '../../core/errors.ts';

/** What could not be seen, and why. `state` is what the store itself said: an SQLSTATE, `BUSY`, `LOADING`, `refused`, `silent`; null when it said nothing of that kind. */
export interface Unseen {
  readonly ok: false;
  readonly reason: string;
  readonly state: string | null;
  readonly suggestion: string | null;
}

/** A measurement that was taken, or why it was not. */
export type Seen<Value> = { readonly ok: true; readonly value: Value } | Unseen;

/** Takes one measurement by itself, so that a store that is down costs only what needs it. An interruption goes through, a bug too. */
export async function seen<Value>(take: () => Promise<Value>): Promise<Seen<Value>> {
  try {
    return { ok: true, value: await take() };
  } catch (error) {
    if (!(error instanceof SpillwayError) || error.code === 'interrupted') throw error;
    return unseenOf(error);
  }
}

/**
 * The same with an end: what is not there after `limitMs` counts as silent. The work that is given up is told so by the signal; its late answer reaches nobody.
 * An interruption from outside still goes through.
 */
export async function seenWithin<Value>(
  limitMs: number,
  signal: AbortSignal,
  take: (signal: AbortSignal) => Promise<Value>,
): Promise<Seen<Value>> {
  const ended = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Unseen>((resolve) => {
    timer = setTimeout(() => {
      resolve({
        ok: false,
        reason: `no answer within ${(limitMs / 1_000).toFixed(limitMs < 10_000 ? 1 : 0)} s`,
        state: 'silent',
        suggestion: null,
      });
      ended.abort(new SpillwayError('failed', 'the time for this measurement is over'));
    }, limitMs);
  });
  try {
    return await Promise.race([seen(() => take(AbortSignal.any([signal, ended.signal]))), late]);
  } finally {
    clearTimeout(timer);
  }
}

function unseenOf(error: SpillwayError): Unseen {
  const { sqlState, reply, refused } = error.details;
  const said = [sqlState, reply].find((one) => typeof one === 'string' && one !== '');
  const connection = refused === true ? 'refused' : error.code === 'unreachable' ? 'silent' : null;
  return {
    ok: false,
    reason: messageOf(error),
    state: typeof said === 'string' ? said : connection,
    suggestion: error.suggestions[0] ?? null,
  };
}
