import { z } from 'zod';
import type { Check } from '../../core/check.ts';
import { SpillwayError } from '../../core/errors.ts';
import type { ReadContext } from '../../core/operation.ts';
import type { Change, Plan } from '../../core/plan.ts';
import type { Step } from '../../core/step.ts';
import type { CatalogueOperation, ReadAccess } from '../access.ts';
import { archiveChannel } from './archive-channel.ts';
import { measurePurge } from './purge-drift.ts';
import { planPurge, type QueuePurgeData } from './purge-plan.ts';
import { partsOf, quarantineChannel } from './quarantine-channel.ts';
import { restoreChannel } from './restore-channel.ts';
import { isSelection, selectionFields, selectionMessage, selectorOf } from './selection.ts';

const input = z
  .strictObject({
    ...selectionFields,
    channels: z.array(z.string()).min(1).optional().describe('only in these channels'),
  })
  .refine(isSelection, { message: selectionMessage });
type Input = z.output<typeof input>;

/** What a step of a purge keeps for its undo and its probe. */
interface PurgeStepNote {
  readonly purgeId: string;
  readonly channel: string;
}

/**
 * `queue.purge`: takes the selected messages out of the queues. First every channel is relieved (quarantine), then every channel is archived and released; a step a channel each.
 * Destructive although all of it can be put back: until then nobody gets these messages.
 * Undoing any of its steps puts the channel back as it was.
 */
export const queuePurge: CatalogueOperation<Input, QueuePurgeData> = {
  id: 'queue.purge',
  title: 'Take messages out of the queues, into an archive',
  impact: 'destructive',
  input,

  plan: (context, { channels, ...selection }) => planPurge(context, selectorOf(selection), channels),
  measure: (context, plan) => measurePurge(context, plan),

  async apply(context, plan) {
    const { purgeId, selector, channels } = plan.data;
    for (const { channel } of channels) {
      const note: PurgeStepNote = { purgeId, channel };
      await context.step(changeOf(plan, `quarantine:${channel}`), { ...note }, async (write) => ({
        ...(await quarantineChannel(context, write.queue, { purgeId, channel, selector })),
      }));
    }
    for (const { channel } of channels) {
      const note: PurgeStepNote = { purgeId, channel };
      await context.step(changeOf(plan, `archive:${channel}`), { ...note }, async (write) => ({
        ...(await archiveChannel(context, write, plan.data, channel)),
      }));
    }
  },

  verify: (context, plan) => verifyPurge(context, plan),

  async undo(context, steps) {
    for (const step of steps) {
      const { purgeId, channel } = noteOf(step);
      const change: Change = {
        id: `restore:${step.id}`,
        target: `queue ${channel}`,
        action: 'put back',
        count: step.change.count,
        before: step.change.after,
        after: step.change.before,
      };
      await context.step(change, null, async (write) => ({
        ...(await restoreChannel(context, write, purgeId, channel)),
      }));
    }
  },

  async probe(context, step) {
    const { purgeId, channel } = noteOf(step);
    const parts = await partsOf(context, purgeId, channel);
    if (parts.length === 0) return 'not-done';
    return parts.every(({ stage }) => stage === 'archived') ? 'done' : 'partial';
  },
};

async function verifyPurge(
  context: ReadContext<ReadAccess>,
  plan: Plan<QueuePurgeData>,
): Promise<readonly Check[]> {
  const { purgeId, selector, channels } = plan.data;
  const amount = (value: number) => value.toLocaleString('en-US');
  const checks: Check[] = [];
  const states = await context.read.queue.purge(purgeId);
  for (const { channel } of channels) {
    const parts = states.filter((state) => state.channel === channel);
    const sum = (of: (state: (typeof parts)[number]) => number) =>
      parts.reduce((so, state) => so + of(state), 0);
    const [matched, archived] = [sum((state) => state.matched), sum((state) => state.archived)];
    checks.push({
      name: `${channel}: all that was taken is archived`,
      ok: parts.length > 0 && matched === archived && parts.every(({ stage }) => stage === 'archived'),
      detail: `${amount(matched)} messages taken, ${amount(archived)} archived and released`,
    });
  }
  if (selector.kind === 'match' && channels.length > 0) {
    const names = channels.map(({ channel }) => channel);
    const left = await context.read.queue.count(selector, { channels: names, signal: context.signal });
    for (const { channel, matched, inWork } of left.byChannel) {
      const planned = channels.find((one) => one.channel === channel)?.inWork ?? 0;
      checks.push({
        name: `${channel}: nothing of the selection is left waiting`,
        // Consumers can put back what they had in hand when the last pass was over: the plan said that it would not be touched.
        ok: matched <= planned,
        detail: leftover(matched, inWork, planned),
      });
    }
  }
  const { ok, messages, files } = await context.read.archive.verify(purgeId);
  const released = states.reduce((sum, state) => sum + state.archived, 0);
  const damaged = files.filter((file) => !file.ok).map(({ file, detail }) => `${file}: ${detail}`);
  checks.push({
    name: `archive ${purgeId} holds what was released`,
    ok: ok && messages === released,
    detail: ok
      ? `${amount(messages)} messages in ${amount(files.length)} files, all checksums hold; ${amount(released)} were released`
      : damaged.join('; '),
  });
  return checks;
}

/** What is still there of the selection, and why. */
function leftover(matched: number, inWork: number, planned: number): string {
  const amount = (value: number) => value.toLocaleString('en-US');
  const held = inWork === 0 ? '' : `; ${amount(inWork)} in work, not touched`;
  if (matched === 0) return `0 messages waiting${held}`;
  if (matched <= planned)
    return `${amount(matched)} messages waiting that consumers had in hand and put back${held}`;
  return `${amount(matched)} messages waiting: put back by consumers or injected since. Is the selection stopped? Purge again.`;
}

function changeOf(plan: Plan<QueuePurgeData>, id: string): Change {
  const change = plan.changes.find((one) => one.id === id);
  if (change === undefined) throw new RangeError(`the plan has no change ${id}`);
  return change;
}

function noteOf(step: Step): PurgeStepNote {
  const note = step.undo as Partial<PurgeStepNote> | null;
  if (typeof note?.purgeId !== 'string' || typeof note.channel !== 'string')
    throw new SpillwayError('failed', `step ${step.id} does not say which purge it belongs to.`);
  return { purgeId: note.purgeId, channel: note.channel };
}
