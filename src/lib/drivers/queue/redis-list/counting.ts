import type { RedisReader, RedisReply } from '../../../backends/redis/contract.ts';
import type { ChannelTally, CountOptions, PurgePart, QueueCount, Selector } from '../driver.ts';
import { wantedFields } from '../selector.ts';
import { mostFirst } from '../tally.ts';
import { type ListChannel, partKeys } from './channel-keys.ts';
import { adaptivePace, type PaceLimits } from './pace.ts';
import { findLists, mostKeysToWalk } from './processing-lists.ts';
import { scripts } from './scripts.ts';

/** Counts page by page in the server, one page in flight, so that others wait for one page at most. Places shift with arrivals, which the script takes into account by the counter. */
export async function countChannels(
  handle: RedisReader,
  channels: readonly ListChannel[],
  selector: Selector,
  options: CountOptions,
  limits: PaceLimits,
): Promise<QueueCount> {
  const byChannel: ChannelTally[] = [];
  const conversations = new Map<number, number>();
  const clients = new Map<number, number>();
  let odd = 0;
  const totals = await Promise.all(
    channels.map(async (channel) => Number(await handle.call('llen', channel.queue))),
  );
  const total = totals.reduce((sum, length) => sum + Math.min(length, options.newest ?? length), 0);
  let before = 0;
  const [all, conditions] = [selector.kind === 'all' ? '1' : '0', JSON.stringify(wantedFields(selector))];
  for (const channel of channels) {
    const pace = adaptivePace(limits);
    const counter = await handle.call('hget', channel.stats, 'injected');
    const waiting = Number(await handle.call('llen', channel.queue));
    const end = Math.min(waiting, options.newest ?? waiting);
    let [scanned, matched, unreadable] = [0, 0, 0];
    while (scanned < end) {
      options.signal?.throwIfAborted();
      const started = performance.now();
      const size = Math.min(pace.size(), end - scanned);
      const reply = await handle.evaluate(
        scripts.count,
        [channel.queue, channel.stats],
        [scanned, size, conditions, all, counter === null ? '' : String(counter)],
      );
      pace.took(performance.now() - started);
      const page = readPage(reply);
      scanned += page.looked;
      matched += page.matched;
      unreadable += page.unreadable;
      odd += page.odd;
      addAll(conversations, page.conversations);
      addAll(clients, page.clients);
      options.onProgress?.(before + scanned, total);
      // consumers have taken the rest meanwhile
      if (page.looked < size) break;
    }
    before += scanned;
    const inWork = await countInWork(handle, channel, all, conditions);
    byChannel.push({
      channel: channel.name,
      waiting,
      scanned,
      matched,
      inWork,
      unreadable,
      injected: counter === null ? null : Number(counter),
    });
  }
  const sum = (of: (tally: ChannelTally) => number) => byChannel.reduce((so, tally) => so + of(tally), 0);
  return {
    scanned: sum((tally) => tally.scanned),
    matched: sum((tally) => tally.matched),
    byConversation: mostFirst(conversations),
    byClient: mostFirst(clients),
    byChannel,
    unreadable: sum((tally) => tally.unreadable),
    inWork: sum((tally) => tally.inWork),
    method: odd * 2 > sum((tally) => tally.scanned) ? 'parse' : 'needle',
  };
}

async function countInWork(
  handle: RedisReader,
  channel: ListChannel,
  all: string,
  conditions: string,
): Promise<number> {
  const args = [channel.processing, mostKeysToWalk, conditions, all];
  const count = Number(await handle.evaluate(scripts.inWork, [], [...args, '0']));
  if (count >= 0) return count;
  const lists = await findLists(handle, channel.processing);
  return Number(await handle.evaluate(scripts.inWork, lists, [...args, '1']));
}

/** One page of a queue as the script `queue-count` counted it. */
export interface CountedPage {
  readonly looked: number;
  readonly matched: number;
  readonly unreadable: number;
  readonly odd: number;
  readonly conversations: readonly [number, number][];
  readonly clients: readonly [number, number][];
}

/** The reply of the script `queue-count`. */
export function readPage(reply: RedisReply): CountedPage {
  if (!Array.isArray(reply)) throw new TypeError('not the reply of queue-count');
  const [looked, matched, unreadable, odd, conversations, clients] = reply;
  return {
    looked: Number(looked),
    matched: Number(matched),
    unreadable: Number(unreadable),
    odd: Number(odd),
    conversations: pairs(conversations),
    clients: pairs(clients),
  };
}

function pairs(flat: RedisReply): [number, number][] {
  if (!Array.isArray(flat)) throw new TypeError('not a list of counts');
  const result: [number, number][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) result.push([Number(flat[i]), Number(flat[i + 1])]);
  return result;
}

function addAll(tally: Map<number, number>, counts: readonly (readonly [number, number])[]): void {
  for (const [id, messages] of counts) tally.set(id, (tally.get(id) ?? 0) + messages);
}

/** The keys from which a part's run-state is read. */
export function showKeys(channel: ListChannel, part: Pick<PurgePart, 'purgeId' | 'part'>): string[] {
  const keys = partKeys(channel, part);
  return [keys.state, keys.quarantine, keys.work, keys.neighbours];
}
