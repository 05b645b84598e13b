import type { Redis } from 'ioredis';
import { messageOf } from '../../core/errors.ts';
import type { ServiceContext } from './context.ts';
import { pause } from './patience.ts';
import type { PostgresSession } from './postgres-session.ts';

/** How often the switches are read, in milliseconds. Services obey a change within twice this. */
const readEveryMs = 200;

interface ErrorLogSwitch {
  readonly mode: 'full' | 'sample' | 'off';
  readonly sampleEvery: number;
  readonly expiresAtMs: number;
}

/** The runtime parameters of the orchestrator as last read from `settings`. */
export class Switches {
  #injection = true;
  #errorLog: ErrorLogSwitch = { mode: 'full', sampleEvery: 1, expiresAtMs: Number.POSITIVE_INFINITY };
  #sampled = 0;

  /** Whether the director may inject messages of activations. The transactional APIs are not governed by it. */
  get injection(): boolean {
    return this.#injection;
  }

  /** Whether the next failed message is to be written to the error log; an expired setting counts as full. */
  writesError(nowMs: number): boolean {
    const { mode, sampleEvery, expiresAtMs } = this.#errorLog;
    if (mode === 'full' || expiresAtMs <= nowMs) return true;
    if (mode === 'off') return false;
    this.#sampled = (this.#sampled + 1) % sampleEvery;
    return this.#sampled === 0;
  }

  set(key: string, value: Readonly<Record<string, unknown>>): void {
    if (key === 'injection') this.#injection = value.state !== 'off';
    if (key !== 'error_log') return;
    const { mode, sampleEvery, expiresAt } = value;
    this.#errorLog = {
      mode: mode === 'sample' || mode === 'off' ? mode : 'full',
      sampleEvery: typeof sampleEvery === 'number' && sampleEvery >= 1 ? Math.floor(sampleEvery) : 1,
      expiresAtMs: typeof expiresAt === 'string' ? Date.parse(expiresAt) : Number.POSITIVE_INFINITY,
    };
  }
}

export interface Stores {
  readonly postgres: PostgresSession;
  readonly redis: Redis;
}

/** Reads the switches again and again until the service stops; on the way it learns whether both stores answer. */
export async function watchStores(
  context: ServiceContext,
  stores: Stores,
  switches: Switches,
): Promise<void> {
  while (!context.stop.aborted) {
    await Promise.all([
      probe(context, 'postgres', async () => {
        const found = await stores.postgres.query<{ key: string; value: Record<string, unknown> }>({
          name: 'switches',
          text: 'select key, value from orchestrator.settings',
        });
        for (const { key, value } of found.rows) switches.set(key, value);
      }),
      probe(context, 'redis', () => stores.redis.ping()),
    ]);
    context.health.report('start');
    await pause(readEveryMs, context.stop);
  }
}

async function probe(context: ServiceContext, part: string, look: () => Promise<unknown>): Promise<void> {
  try {
    await look();
    context.health.report(part);
  } catch (error) {
    context.health.report(part, messageOf(error));
  }
}
