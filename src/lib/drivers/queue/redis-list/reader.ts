import type { RedisReader, RedisReply } from '../../../backends/redis/contract.ts';
import type { Peek, PeekedMessage, PeekOptions, PurgeState, QueueDepth, QueueReader } from '../driver.ts';
import { matches, parseMessage } from '../selector.ts';
import { channelNamed, chosenChannels, type ListChannel, spillwayKeys } from './channel-keys.ts';
import { countChannels, showKeys } from './counting.ts';
import { defaultPace, type PaceLimits } from './pace.ts';
import { findLists, mostKeysToWalk } from './processing-lists.ts';
import { stateIfKnown } from './run-state.ts';
import { sampleChannels } from './sampling.ts';
import { scripts } from './scripts.ts';

const peekPage = 500;

/** Reads Redis lists as queues, through a handle that cannot write. `pace` bounds the pages of a count. */
export function redisListReader(
  handle: RedisReader,
  channels: readonly ListChannel[],
  pace: PaceLimits = { ...defaultPace, most: 1_000 },
): QueueReader {
  return {
    channels: () => channels.map((channel) => channel.name),
    async depths(names) {
      const depths: QueueDepth[] = [];
      for (const channel of chosenChannels(channels, names)) depths.push(await depthOf(handle, channel));
      return depths;
    },
    async count(selector, options = {}) {
      return countChannels(handle, chosenChannels(channels, options.channels), selector, options, pace);
    },
    async sample(options) {
      return sampleChannels(handle, chosenChannels(channels, options.channels), options);
    },
    async peek(name, options) {
      return peek(handle, channelNamed(channels, name), options);
    },
    purges: () => purgeStates(handle, channels),
    purge: (purgeId) => purgeStates(handle, channels, purgeId),
  };
}

async function depthOf(handle: RedisReader, channel: ListChannel): Promise<QueueDepth> {
  const { open, totals, prefix } = spillwayKeys(channel);
  const keys = [channel.queue, channel.stats, open, totals];
  const args = [channel.processing, mostKeysToWalk, prefix];
  let reply = await handle.evaluate(scripts.depths, keys, [...args, '0']);
  if (Array.isArray(reply) && reply[0] === 'many') {
    const lists = await findLists(handle, channel.processing);
    reply = await handle.evaluate(scripts.depths, [...keys, ...lists], [...args, '1']);
  }
  if (!Array.isArray(reply)) throw new TypeError('not the reply of queue-depths');
  const [
    ,
    waiting,
    held,
    processing,
    quarantined,
    archived,
    injected,
    processed,
    failed,
    oldest,
    seconds,
    micros,
  ] = reply as readonly RedisReply[];
  return {
    channel: channel.name,
    waiting: Number(waiting),
    held: Number(held),
    processing: Number(processing),
    oldestEnqueuedAt: typeof oldest === 'string' ? validTime(parseMessage(oldest)?.enqueuedAt) : null,
    injected: injected === null || injected === undefined ? null : Number(injected),
    processed: Number(processed ?? 0),
    delivered: Number(processed ?? 0) - Number(failed ?? 0),
    failed: Number(failed ?? 0),
    quarantined: Number(quarantined),
    archived: Number(archived ?? 0),
    atMs: Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000),
  };
}

function validTime(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  return Number.isNaN(Date.parse(text)) ? null : text;
}

async function peek(handle: RedisReader, channel: ListChannel, options: PeekOptions): Promise<Peek> {
  const { end, count, selector, lookAt = selector === undefined ? count : 20_000 } = options;
  const messages: PeekedMessage[] = [];
  let lookedAt = 0;
  while (messages.length < count && lookedAt < lookAt) {
    const size = Math.min(peekPage, lookAt - lookedAt);
    const [first, last] =
      end === 'newest' ? [lookedAt, lookedAt + size - 1] : [-(lookedAt + size), -(lookedAt + 1)];
    const reply = await handle.callBytes('lrange', channel.queue, first, last);
    if (!Array.isArray(reply)) throw new TypeError('not the reply of LRANGE');
    const page = reply as readonly Buffer[];
    for (const [place, raw] of (end === 'newest' ? page : [...page].reverse()).entries()) {
      if (messages.length < count && (selector === undefined || matches(selector, raw.toString('utf8'))))
        messages.push({ place: lookedAt + place, raw });
    }
    lookedAt += page.length;
    if (page.length < size) break;
  }
  return { waiting: Number(await handle.call('llen', channel.queue)), lookedAt, messages };
}

async function purgeStates(
  handle: RedisReader,
  channels: readonly ListChannel[],
  purgeId?: string,
): Promise<readonly PurgeState[]> {
  const states: PurgeState[] = [];
  for (const channel of channels) {
    const members = await handle.call('smembers', spillwayKeys(channel).purges);
    for (const member of Array.isArray(members) ? members.map(String) : []) {
      const [, id = '', number = ''] = /^(.*)\.(\d+)$/.exec(member) ?? [];
      if (id === '' || (purgeId !== undefined && id !== purgeId)) continue;
      const part = { purgeId: id, part: Number(number), channel: channel.name };
      const state = stateIfKnown(await handle.evaluate(scripts.state, showKeys(channel, part), []), part);
      if (state !== null) states.push(state);
    }
  }
  const order = (a: PurgeState, b: PurgeState) => a.openedAt.localeCompare(b.openedAt) || a.part - b.part;
  return states.sort(order);
}
