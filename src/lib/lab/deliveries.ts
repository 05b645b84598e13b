import { type LabAccount, labAccount } from './account.ts';

/** Deliveries to one set of clients over time, read from the orchestrator's own counters. */
export interface DeliverySample {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly byClient: ReadonlyMap<number, number>;
}

/** Reads the counters every `intervalMs` until `stop`; a reading that fails (a restart) is left out and the next one tries again. */
export function watchDeliveries(options: {
  readonly labFolder: string;
  readonly uid: number;
  readonly intervalMs: number;
}): {
  readonly samples: readonly DeliverySample[];
  stop(): Promise<void>;
} {
  const samples: DeliverySample[] = [];
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      samples.push(sampleOf(await labAccount(options)));
      await new Promise((resolve) => setTimeout(resolve, options.intervalMs));
    }
  })();
  return {
    samples,
    async stop() {
      stopped = true;
      await watching;
    },
  };
}

function sampleOf(account: LabAccount): DeliverySample {
  return { atMs: Date.now(), byClient: account.total.deliveredByClient };
}

/** Messages a second delivered between two moments (epoch ms) to all clients but those left out; canaries (client 0) do not count. Null without two samples. */
export function deliveryRate(
  samples: readonly DeliverySample[],
  fromMs: number,
  toMs: number,
  leaveOut: ReadonlySet<number>,
): number | null {
  const within = samples.filter((sample) => sample.atMs >= fromMs && sample.atMs <= toMs);
  const [first, last] = [within[0], within.at(-1)];
  if (first === undefined || last === undefined || last.atMs === first.atMs) return null;
  return ((delivered(last, leaveOut) - delivered(first, leaveOut)) * 1_000) / (last.atMs - first.atMs);
}

/** The first moment from which deliveries stay at or above `level` (messages a second) over every window of `windowMs` up to the last sample; null when they do not. */
export function backSince(
  samples: readonly DeliverySample[],
  fromMs: number,
  level: number,
  windowMs: number,
  leaveOut: ReadonlySet<number>,
): number | null {
  const later = samples.filter((sample) => sample.atMs >= fromMs);
  const end = later.at(-1)?.atMs ?? fromMs;
  let since: number | null = null;
  for (const { atMs } of later) {
    if (atMs + windowMs > end) break;
    const rate = deliveryRate(samples, atMs, atMs + windowMs, leaveOut);
    if (rate === null || rate < level) since = null;
    else since ??= atMs;
  }
  return since;
}

function delivered(sample: DeliverySample, leaveOut: ReadonlySet<number>): number {
  let sum = 0;
  for (const [client, messages] of sample.byClient)
    if (client !== 0 && !leaveOut.has(client)) sum += messages;
  return sum;
}
