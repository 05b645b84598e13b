import { SpillwayError } from '../../core/errors.ts';
import type { WriteContext } from '../../core/operation.ts';
import type { PurgeState, QueueWriter, Selector } from '../../drivers/queue/driver.ts';
import type { ReadAccess, WriteAccess } from '../access.ts';

type Context = WriteContext<ReadAccess, WriteAccess>;

/** Passes over one queue: consumers put messages of stopped conversations back, which a further pass takes. */
const mostPasses = 3;
/** How often a pass looks whether consumers are through with the matches they have in hand: looks and not time, so that a process that was held up still looks. */
const settleLooks = 40;
/** Between two looks. */
const settleEveryMs = 50;
/** Time between two looks at the lock and at Ctrl-C. */
export const sliceMs = 150;

/** What quarantining a channel came to, over all parts. */
export interface Quarantined {
  readonly matched: number;
  readonly survivors: number;
  readonly parts: number;
}

/**
 * Takes the selection out of one channel into the quarantine, going on where an earlier attempt stopped. One part a pass, until a pass finds nothing left to take.
 * Throws SpillwayError `refused` when the purge was put back meanwhile, and what the driver and the checkpoint throw.
 */
export async function quarantineChannel(
  context: Context,
  queue: QueueWriter,
  purge: { readonly purgeId: string; readonly channel: string; readonly selector: Selector },
): Promise<Quarantined> {
  const { purgeId, channel, selector } = purge;
  const before = await partsOf(context, purgeId, channel);
  const last = before.at(-1);
  if (last?.stage === 'restoring' || last?.stage === 'restored') {
    throw new SpillwayError(
      'refused',
      `purge ${purgeId} was put back on channel ${channel}; nothing was changed.`,
      {
        suggestions: ['spillway queue purge … --dry-run   # plan a new purge'],
      },
    );
  }
  let part = last?.part ?? 1;
  for (let pass = 1; ; pass += 1) {
    let state = await queue.openPurge({ purgeId, channel, part }, selector);
    while (state.stage === 'scanning') {
      await context.checkpoint();
      state = await queue.quarantine({ purgeId, channel, part }, sliceMs);
      context.progress(
        `quarantine ${channel}: ${state.scanned.toLocaleString('en-US')} of ${state.total.toLocaleString('en-US')} messages sorted`,
        state.total === 0 ? 1 : state.scanned / state.total,
      );
    }
    if (selector.kind === 'all' || pass >= mostPasses) break;
    if (!(await hasMore(context, channel, selector))) break;
    part += 1;
  }
  const states = await partsOf(context, purgeId, channel);
  return {
    matched: states.reduce((sum, state) => sum + state.matched, 0),
    survivors: states.reduce((sum, state) => sum + state.survivors, 0),
    parts: states.length,
  };
}

/** The run-states of a purge on one channel, by part. */
export async function partsOf(
  context: Pick<Context, 'read'>,
  purgeId: string,
  channel: string,
): Promise<PurgeState[]> {
  const states = await context.read.queue.purge(purgeId);
  return states.filter((state) => state.channel === channel).sort((a, b) => a.part - b.part);
}

/** Whether consumers have put matches back. What they have in hand is waited for; a match that they took while it was looked for counts as in hand. */
async function hasMore(context: Context, channel: string, selector: Selector): Promise<boolean> {
  const { queue } = context.read;
  for (let look = 1; ; look += 1) {
    const { inWork } = await queue.count(selector, { channels: [channel], newest: 0 });
    if (inWork === 0 || look === settleLooks) {
      const found = await queue.count(selector, { channels: [channel], signal: context.signal });
      if (found.matched > 0 || found.inWork === 0 || look === settleLooks) return found.matched > 0;
    }
    await context.checkpoint();
    await context.clock.sleep(settleEveryMs, context.signal);
  }
}
