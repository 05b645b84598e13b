import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Check } from '../../core/check.ts';
import { SpillwayError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { nobody } from '../../core/plan.ts';
import type { CatalogueOperation } from '../access.ts';
import { canaryMessage } from './message.ts';

const pollMs = 200;

const input = z.strictObject({
  withinSeconds: z.number().min(1).max(3_600).default(30).describe('limit for the delivery'),
  channels: z.array(z.string().min(1)).min(1).optional().describe('all channels unless told'),
});
type Input = z.output<typeof input>;

/** What a plan of `canary.send` carries: the synthetic messages by channel. */
export interface CanarySendData {
  readonly withinSeconds: number;
  readonly canaries: readonly { readonly id: string; readonly channel: string }[];
}

/**
 * `canary.send`: one synthetic message through every channel, from the queue to the worker that would deliver it. It reaches nobody: workers know it by its mark and record its
 * arrival instead. It counts as reversible because nothing of it stays but its row in the table of canaries, so undoing it does nothing.
 */
export const canarySend: CatalogueOperation<Input, CanarySendData> = {
  id: 'canary.send',
  title: 'Send a synthetic message through every channel',
  impact: 'reversible',
  input,

  async plan(context, { withinSeconds, channels }) {
    const depths = await context.read.queue.depths();
    const known = depths.map((one) => one.channel);
    const wanted = [...new Set(channels ?? known)];
    for (const channel of wanted) if (!known.includes(channel)) throw unknownChannel(channel, known);
    // Asks for nothing, so that a database that is down or has no such table is found out before anything is enqueued.
    await context.read.orchestrator.canaries([]);
    const { canaries } = context.read.orchestrator.tables;
    const waiting = depths
      .filter((one) => wanted.includes(one.channel))
      .reduce((sum, one) => sum + one.waiting, 0);
    return {
      operation: 'canary.send',
      target: context.target,
      summary: `Send a synthetic message through ${wanted.join(', ')}; each is to arrive within ${withinSeconds} s.`,
      basis: {
        measuredAt: context.clock.now().toISOString(),
        facts: [{ name: 'channels', value: wanted.join(', '), tolerance: 'exact' }],
      },
      changes: wanted.map((channel) => ({
        id: `canary:${channel}`,
        target: `queue ${channel}`,
        action: 'enqueue a canary',
        count: 1,
        before: null,
        after: 'delivered to nobody',
      })),
      blastRadius: nobody,
      irreversible: [],
      commands: [
        `insert into ${canaries} (id, channel, sent_at) values (…);   -- one for each channel, then one message into its queue`,
      ],
      notes: [
        `A canary joins the newest end of its queue, behind what waits there (${waiting.toLocaleString('en-US')} messages now).`,
      ],
      data: { withinSeconds, canaries: wanted.map((channel) => ({ id: randomUUID(), channel })) },
    };
  },

  async apply(context, plan) {
    for (const canary of plan.data.canaries) {
      const change = plan.changes.find((one) => one.id === `canary:${canary.channel}`);
      if (change === undefined) throw new RangeError(`the plan has no change for ${canary.channel}`);
      await context.checkpoint();
      // Repeated after a crash it may go out twice: the row stays one, and the second arrival changes nothing that counts.
      await context.step(change, null, async (write) => {
        await write.orchestrator.createCanaries([canary]);
        await write.queue.enqueue(canary.channel, [canaryMessage(canary, context.clock.now())]);
        return { id: canary.id };
      });
    }
  },

  /** Waits for the arrivals, then one check for each channel. */
  async verify(context, plan) {
    const { canaries, withinSeconds } = plan.data;
    const giveUpAtMs = context.clock.monotonicMs() + withinSeconds * 1_000;
    for (;;) {
      const rows = await context.read.orchestrator.canaries(canaries.map((one) => one.id));
      const arrived = rows.filter((row) => row.deliveredAt !== null).length;
      if (arrived === canaries.length || context.clock.monotonicMs() >= giveUpAtMs) {
        const found = new Map(rows.map((row) => [row.id, row]));
        return canaries.map(({ id, channel }): Check => {
          const row = found.get(id);
          const seconds =
            row === undefined || row.deliveredAt === null
              ? null
              : Math.max(0, Date.parse(row.deliveredAt) - Date.parse(row.sentAt)) / 1_000;
          return {
            name: `canary ${channel}`,
            ok: seconds !== null && seconds <= withinSeconds,
            detail:
              seconds === null
                ? `${channel}: not delivered within ${withinSeconds} s`
                : `${channel}: delivered in ${seconds.toFixed(1)} s, at most ${withinSeconds} s expected`,
          };
        });
      }
      context.progress(`${arrived} of ${canaries.length} canaries arrived`, arrived / canaries.length);
      await context.clock.sleep(pollMs, context.signal);
    }
  },

  async undo() {},

  /** Whether it went into the queue cannot be seen from outside; sending it again does no harm. */
  async probe() {
    return 'partial';
  },
};

function unknownChannel(channel: string, known: readonly string[]): SpillwayError {
  return new SpillwayError(
    'usage',
    `there is no channel "${channel}". Configured are: ${known.join(', ')}.`,
    {
      suggestions: nearest(channel, known).map((one) => `did you mean ${one}?`),
    },
  );
}
