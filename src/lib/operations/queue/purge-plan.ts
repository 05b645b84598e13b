import { randomBytes } from 'node:crypto';
import { SpillwayError } from '../../core/errors.ts';
import type { ReadContext } from '../../core/operation.ts';
import { type Basis, type Change, type Fact, nobody, type Plan } from '../../core/plan.ts';
import type { PurgeState, QueueCount, Selector } from '../../drivers/queue/driver.ts';
import { selectorKey } from '../../drivers/queue/selector.ts';
import type { ReadAccess } from '../access.ts';
import { namedRadius } from './named-radius.ts';
import { selectorFlags, selectorInWords } from './selection.ts';

/** What a plan of `queue.purge` carries. */
export interface QueuePurgeData {
  /** Also the id of the archive. */
  readonly purgeId: string;
  readonly selector: Selector;
  readonly channels: readonly PlannedChannel[];
  /** How messages were told apart; see QueueCount. */
  readonly method: QueueCount['method'];
  readonly unreadable: number;
  readonly byConversation: QueueCount['byConversation'];
  readonly byClient: QueueCount['byClient'];
  readonly estimatedSeconds: number;
}

export interface PlannedChannel {
  readonly channel: string;
  readonly waiting: number;
  readonly matched: number;
  /** Matches in consumers' hands: not touched. */
  readonly inWork: number;
  readonly injected: number | null;
}

/** Rates that were measured on two cores; for the estimate only. */
const scannedPerSecond = 500_000;
const archivedPerSecond = 300_000;

const amount = (value: number) => value.toLocaleString('en-US');
const messages = (value: number) => `${amount(value)} ${value === 1 ? 'message' : 'messages'}`;

/**
 * Measures what a purge would take. A purge of the same selection that was begun and not finished is taken up again, with its id.
 * Throws SpillwayError `locked` when another one is open on a channel.
 */
export async function planPurge(
  context: ReadContext<ReadAccess>,
  selector: Selector,
  channels: readonly string[] | undefined,
): Promise<Plan<QueuePurgeData>> {
  const { queue, orchestrator } = context.read;
  const begun = unfinished(await queue.purges(), selector, channels);
  const count = await queue.count(selector, {
    ...(channels === undefined ? {} : { channels }),
    signal: context.signal,
    onProgress: (scanned, total) =>
      context.progress(
        `counting: ${amount(scanned)} of ${messages(total)}`,
        total === 0 ? 1 : scanned / total,
      ),
  });
  const planned = count.byChannel
    .filter(
      (one) =>
        one.matched > 0 ||
        (one.inWork > 0 && selector.kind === 'match') ||
        begun.some((state) => state.channel === one.channel),
    )
    .map(({ channel, waiting, matched, inWork, injected }) => ({
      channel,
      waiting,
      matched,
      inWork,
      injected,
    }));
  const purgeId = begun[0]?.purgeId ?? `purge-${randomBytes(5).toString('hex')}`;
  const { radius, note } = await namedRadius(orchestrator, count);
  const scanned = selector.kind === 'all' ? 0 : planned.reduce((sum, one) => sum + one.waiting, 0);
  const data: QueuePurgeData = {
    purgeId,
    selector,
    channels: planned,
    method: count.method,
    unreadable: count.unreadable,
    byConversation: count.byConversation,
    byClient: count.byClient,
    estimatedSeconds: Math.ceil(scanned / scannedPerSecond + count.matched / archivedPerSecond),
  };
  return {
    operation: 'queue.purge',
    target: context.target,
    summary: summaryOf(data, count),
    basis: purgeBasis(context, data, new Map(), []),
    changes: [...changesOf(data, 'quarantine'), ...changesOf(data, 'archive')],
    blastRadius: planned.length === 0 ? nobody : radius,
    irreversible: [],
    commands: planned.length === 0 ? [] : commandsOf(data),
    notes: [...notesOf(data, count, begun), ...(note === null ? [] : [note])],
    data,
  };
}

/** The facts of the plan; `matchedNow` and `newConversations` hold what moved further than draining and a little growth. */
export function purgeBasis(
  context: ReadContext<ReadAccess>,
  data: QueuePurgeData,
  matchedNow: ReadonlyMap<string, number>,
  newConversations: readonly number[],
): Basis {
  const facts: Fact[] = data.channels.map(({ channel, matched }) => ({
    name: `messages to take from ${channel}`,
    value: matchedNow.get(channel) ?? matched,
    tolerance: 'exact',
  }));
  if (selectsByClient(data.selector)) {
    const ids = [...data.byConversation.map(({ id }) => id), ...newConversations].sort((a, b) => a - b);
    facts.push({ name: 'conversations of the messages to take', value: ids.join(', '), tolerance: 'exact' });
  }
  return { measuredAt: context.clock.now().toISOString(), facts };
}

/** Whether the selection leaves open which conversations it means, so that a new one among them is news to whoever agreed to the plan. */
export function selectsByClient(selector: Selector): boolean {
  return selector.kind === 'match' && (selector.conversationIds ?? []).length === 0;
}

function unfinished(
  states: readonly PurgeState[],
  selector: Selector,
  channels: readonly string[] | undefined,
): PurgeState[] {
  const open = states.filter(
    ({ stage, channel }) =>
      stage !== 'archived' && stage !== 'restored' && (channels?.includes(channel) ?? true),
  );
  const other = open.find(
    (state) => state.stage === 'restoring' || selectorKey(state.selector) !== selectorKey(selector),
  );
  if (other !== undefined) {
    throw new SpillwayError(
      'locked',
      `${other.stage === 'restoring' ? 'the restore of ' : ''}purge ${other.purgeId} (${selectorInWords(other.selector)}) is not finished on channel ${other.channel}.`,
      {
        suggestions: [
          'spillway runbook resume <run>',
          `spillway queue restore ${other.purgeId}   # puts back what it took`,
        ],
        details: { purgeId: other.purgeId, channel: other.channel },
      },
    );
  }
  return open;
}

function summaryOf(data: QueuePurgeData, count: QueueCount): string {
  const words = selectorInWords(data.selector);
  if (data.channels.length === 0) return `Nothing to purge: no ${words} is waiting.`;
  const places = data.channels.map(({ channel }) => channel).join(', ');
  return `Take ${messages(count.matched)} out of ${places} (${words}), into archive ${data.purgeId}; about ${amount(data.estimatedSeconds)} s.`;
}

function changesOf(data: QueuePurgeData, action: 'quarantine' | 'archive'): Change[] {
  return data.channels.map(({ channel, waiting, matched }): Change => {
    const target = { id: `${action}:${channel}`, target: `queue ${channel}`, count: matched };
    if (action === 'archive') {
      const after = { quarantined: 0, archived: matched };
      return { ...target, action: 'archive and release', before: { quarantined: matched }, after };
    }
    const after = { waiting: Math.max(0, waiting - matched), quarantined: matched };
    return { ...target, action: 'quarantine', before: { waiting }, after };
  });
}

function notesOf(data: QueuePurgeData, count: QueueCount, begun: readonly PurgeState[]): string[] {
  const notes = [`All of it can be put back where it was: spillway queue restore ${data.purgeId}`];
  if (begun.length > 0)
    notes.push(`Goes on with purge ${data.purgeId}, which was begun and is not finished.`);
  if (count.inWork > 0) {
    notes.push(
      `${messages(count.inWork)} of the selection in work now will not be touched; what consumers put back while the purge runs is taken in a further pass.`,
    );
  }
  if (count.unreadable > 0) {
    notes.push(
      data.selector.kind === 'all'
        ? `${messages(count.unreadable)} cannot be read; they are archived byte for byte like the others.`
        : `${messages(count.unreadable)} cannot be read (not JSON, or without ids); they stay where they are.`,
    );
  }
  if (data.method === 'parse')
    notes.push(
      'The producer writes messages unusually (spaces or escapes): each is parsed, which is slower.',
    );
  const left = data.channels.map(
    ({ channel, waiting, matched }) => `${channel} ${amount(Math.max(0, waiting - matched))}`,
  );
  if (left.length > 0) notes.push(`Left waiting afterwards: ${left.join(', ')}, in their old order.`);
  if (data.selector.kind === 'match' && left.length > 0)
    notes.push(
      'Consumers get arrivals at once, and what stays as it is sorted, the newest first, until the pass is over.',
    );
  return notes;
}

function commandsOf(data: QueuePurgeData): string[] {
  const scripts = data.channels.flatMap(({ channel }) => [
    `evalsha <purge-open.lua>        # ${channel}: sets the queue aside (RENAMENX)`,
    ...(data.selector.kind === 'all'
      ? []
      : [`evalsha <purge-quarantine.lua>  # ${channel}: sorts it in pieces of some 500 messages`]),
    `evalsha <purge-release.lua>     # ${channel}: after each batch is on disk and verified`,
  ]);
  return [...scripts, `spillway queue purge ${selectorFlags(data.selector)}   # the same by itself`];
}
