import type { ReadContext } from '../../core/operation.ts';
import type { Basis, Plan } from '../../core/plan.ts';
import type { ReadAccess } from '../access.ts';
import { type PlannedChannel, purgeBasis, type QueuePurgeData, selectsByClient } from './purge-plan.ts';

/** Growth that is not drift: a few messages that consumers put back, and 3 %. Draining never is. */
function limitOf(planned: number): number {
  return Math.floor(planned * 1.03) + 100;
}

/** More arrivals than this are not looked through; then the whole queue is counted anew. */
const mostArrivals = 500_000;

/**
 * Measures the basis of a purge again at bounded cost: what was planned, and what matches among the arrivals since then (the orchestrator's counter says how many), is never
 * less than what matches now. Only where that goes beyond the limit, or there is no counter, the queue is counted anew.
 */
export async function measurePurge(
  context: ReadContext<ReadAccess>,
  plan: Plan<QueuePurgeData>,
): Promise<Basis> {
  const { selector, channels, byConversation } = plan.data;
  const known = new Set(byConversation.map(({ id }) => id));
  const moved = new Map<string, number>();
  const fresh = new Set<number>();
  const look = async (planned: PlannedChannel, newest: number | null) => {
    const count = await context.read.queue.count(selector, {
      channels: [planned.channel],
      ...(newest === null ? {} : { newest }),
      signal: context.signal,
    });
    if (selectsByClient(selector)) {
      for (const { id } of count.byConversation) if (!known.has(id)) fresh.add(id);
    }
    return count.matched;
  };
  const names = channels.map(({ channel }) => channel);
  const depths = names.length === 0 ? [] : await context.read.queue.depths(names);
  for (const planned of channels) {
    const injected = depths.find(({ channel }) => channel === planned.channel)?.injected ?? null;
    const arrivals = injected === null || planned.injected === null ? null : injected - planned.injected;
    if (arrivals !== null && arrivals >= 0 && arrivals <= mostArrivals) {
      const atMost = planned.matched + (arrivals === 0 ? 0 : await look(planned, arrivals));
      if (atMost <= limitOf(planned.matched)) continue;
    }
    const now = await look(planned, null);
    if (now > limitOf(planned.matched)) moved.set(planned.channel, now);
  }
  return purgeBasis(
    context,
    plan.data,
    moved,
    [...fresh].sort((a, b) => a - b),
  );
}
