import { z } from 'zod';
import { SpillwayError } from '../../core/errors.ts';
import { nobody } from '../../core/plan.ts';
import type { PurgeState } from '../../drivers/queue/driver.ts';
import type { CatalogueOperation } from '../access.ts';
import { namedRadius } from './named-radius.ts';
import { partsOf } from './quarantine-channel.ts';
import { restoreChannel } from './restore-channel.ts';
import { selectorFlags } from './selection.ts';

const input = z.strictObject({
  archiveId: z.string().min(1).describe('id of the archive, which is that of the purge'),
  channels: z.array(z.string()).min(1).optional().describe('only these channels'),
});
type Input = z.output<typeof input>;

/** What a plan of `queue.restore` carries. */
export interface QueueRestoreData {
  readonly archiveId: string;
  readonly channels: readonly {
    readonly channel: string;
    /** Messages still to be put back. */
    readonly missing: number;
    readonly archived: number;
    readonly quarantined: number;
  }[];
}

const amount = (value: number) => value.toLocaleString('en-US');

/** `queue.restore`: puts what a purge took back, byte for byte, in its old place. What is back already is not put back twice: the store counts. */
export const queueRestore: CatalogueOperation<Input, QueueRestoreData> = {
  id: 'queue.restore',
  title: 'Put the messages of an archive back',
  impact: 'reversible',
  input,

  async plan(context, { archiveId, channels }) {
    const states = await context.read.queue.purge(archiveId);
    if (states.length === 0) throw await unknownPurge(context.read, archiveId);
    const chosen = context.read.queue
      .channels()
      .filter((channel) => channels?.includes(channel) ?? true)
      .flatMap((channel) => {
        const parts = states.filter((state) => state.channel === channel && state.stage !== 'restored');
        const sum = (of: (state: PurgeState) => number) => parts.reduce((so, state) => so + of(state), 0);
        if (parts.length === 0 || parts.every(({ stage, matched }) => stage === 'archived' && matched === 0))
          return [];
        return [
          {
            channel,
            missing: sum((state) => state.matched - state.restored),
            archived: sum((state) => state.archived),
            quarantined: sum((state) => state.quarantined),
          },
        ];
      });
    const missing = chosen.reduce((sum, one) => sum + one.missing, 0);
    const touched = chosen.some(({ archived }) => archived > 0);
    const manifest = touched ? await context.read.archive.show(archiveId) : null;
    const { radius, note } =
      chosen.length === 0
        ? { radius: nobody, note: null }
        : await namedRadius(context.read.orchestrator, {
            matched: missing,
            byClient: manifest?.clients ?? [],
            byConversation: manifest?.conversations ?? [],
          });
    return {
      operation: 'queue.restore',
      target: context.target,
      summary:
        chosen.length === 0
          ? `Nothing to restore: everything of ${archiveId} is back.`
          : `Put ${amount(missing)} messages of ${archiveId} back into ${chosen.map((one) => one.channel).join(', ')}, in their old places.`,
      basis: {
        measuredAt: context.clock.now().toISOString(),
        facts: chosen.map((one) => ({
          name: `messages to put back into ${one.channel}`,
          value: one.missing,
          tolerance: 'exact' as const,
        })),
      },
      changes: chosen.map(({ channel, missing: count }) => ({
        id: `restore:${channel}`,
        target: `queue ${channel}`,
        action: 'restore',
        count,
        before: { missing: count },
        after: { missing: 0 },
      })),
      blastRadius: radius,
      irreversible: [],
      commands: chosen.flatMap(({ channel }) => [
        `evalsha <restore-open.lua>   # ${channel}: sets the queue aside (RENAMENX)`,
        `evalsha <restore-piece.lua>  # ${channel}: puts messages back among their former neighbours`,
      ]),
      notes: [
        'Consumers will deliver these messages; those of stopped conversations they will put back again and again.',
        ...(note === null ? [] : [note]),
      ],
      data: { archiveId, channels: chosen },
    };
  },

  async apply(context, plan) {
    const { archiveId } = plan.data;
    for (const change of plan.changes) {
      const channel = change.id.replace(/^restore:/, '');
      await context.step(change, { archiveId, channel }, async (write) => ({
        ...(await restoreChannel(context, write, archiveId, channel)),
      }));
    }
  },

  async verify(context, plan) {
    const states = await context.read.queue.purge(plan.data.archiveId);
    return plan.data.channels.map(({ channel }) => {
      const parts = states.filter((state) => state.channel === channel);
      const [matched, restored] = parts.reduce(
        ([all, back], state) => [all + state.matched, back + state.restored],
        [0, 0],
      );
      return {
        name: `${channel}: everything is back`,
        ok: parts.length > 0 && matched === restored && parts.every(({ stage }) => stage === 'restored'),
        detail: `${amount(restored)} of ${amount(matched)} messages put back`,
      };
    });
  },

  async undo(context, steps) {
    const { archiveId } = (steps[0]?.undo ?? {}) as { readonly archiveId?: string };
    const states = archiveId === undefined ? [] : await context.read.queue.purge(archiveId);
    const flags = states[0] === undefined ? '…' : selectorFlags(states[0].selector);
    throw new SpillwayError(
      'refused',
      'A restore is not undone by itself: consumers may have delivered messages since. Purge the same selection again.',
      { suggestions: [`spillway queue purge ${flags} --dry-run`] },
    );
  },

  async probe(context, step) {
    const { archiveId, channel } = (step.undo ?? {}) as {
      readonly archiveId?: string;
      readonly channel?: string;
    };
    if (archiveId === undefined || channel === undefined) return 'unknown';
    const parts = await partsOf(context, archiveId, channel);
    if (parts.every(({ stage }) => stage === 'restored')) return 'done';
    return parts.some(({ stage }) => stage === 'restoring' || stage === 'restored') ? 'partial' : 'not-done';
  },
};

async function unknownPurge(
  read: Parameters<typeof queueRestore.plan>[0]['read'],
  archiveId: string,
): Promise<SpillwayError> {
  const known = (await read.archive.list()).map(({ id }) => id);
  if (!known.includes(archiveId))
    return new SpillwayError('usage', `There is no archive "${archiveId}".`, {
      suggestions: ['spillway queue archives'],
    });
  return new SpillwayError(
    'refused',
    `the queue's store knows nothing of ${archiveId}: it was emptied or replaced since. What of the archive was put back already cannot be told, so it is not restored by itself.`,
    { suggestions: [`spillway queue archives ${archiveId} --verify`] },
  );
}
