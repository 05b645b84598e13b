import type { ChannelTally, QueueReader } from './driver.ts';
import { type MemoryChannel, memoryChannel } from './memory-state.ts';
import { spreadPages } from './pages.ts';
import { matches, type ParsedMessage, parseMessage } from './selector.ts';
import { mostFirst } from './tally.ts';

/** The reading half of the queue in memory. */
export function memoryReader(channels: readonly MemoryChannel[], now: () => number): QueueReader {
  const chosen = (names?: readonly string[]) => {
    for (const name of names ?? []) memoryChannel(channels, name);
    return channels.filter((channel) => names?.includes(channel.name) ?? true);
  };
  const states = () =>
    channels
      .flatMap((channel) => [...channel.parts.values()].map((part) => part.state))
      .sort((a, b) => a.openedAt.localeCompare(b.openedAt) || a.part - b.part);
  return {
    channels: () => channels.map((channel) => channel.name),
    async depths(names) {
      return chosen(names).map((channel) => {
        const parts = [...channel.parts.values()];
        const aside = parts.flatMap((part) => [...part.work, ...part.neighbours]);
        const oldest = aside.at(-1) ?? channel.queue.at(-1);
        return {
          channel: channel.name,
          waiting: channel.queue.length + aside.length,
          held: aside.length,
          processing: channel.processing.length,
          oldestEnqueuedAt: (oldest && parseMessage(oldest.raw.toString())?.enqueuedAt) ?? null,
          injected: channel.injected,
          processed: channel.processed,
          delivered: channel.processed - channel.failed,
          failed: channel.failed,
          quarantined: parts.reduce((sum, part) => sum + part.quarantine.length, 0),
          archived: channel.archived,
          atMs: now(),
        };
      });
    },
    async count(selector, options = {}) {
      const conversations = new Map<number, number>();
      const clients = new Map<number, number>();
      const add = (tally: Map<number, number>, id: number | null | undefined) => {
        if (id !== null && id !== undefined) tally.set(id, (tally.get(id) ?? 0) + 1);
      };
      const byChannel = chosen(options.channels).map<ChannelTally>((channel) => {
        const looked = channel.queue.slice(0, options.newest ?? channel.queue.length);
        let [matched, unreadable] = [0, 0];
        for (const { raw } of looked) {
          const text = raw.toString();
          const message = parseMessage(text);
          const ids = [message?.conversationId, message?.activationId, message?.clientId];
          if (ids.some((id) => typeof id !== 'number')) unreadable += 1;
          if (!matches(selector, text)) continue;
          matched += 1;
          add(conversations, message?.conversationId);
          add(clients, message?.clientId);
        }
        return {
          channel: channel.name,
          waiting: channel.queue.length,
          scanned: looked.length,
          matched,
          inWork: channel.processing.filter(({ raw }) => matches(selector, raw.toString())).length,
          unreadable,
          injected: channel.injected,
        };
      });
      const sum = (of: (tally: ChannelTally) => number) => byChannel.reduce((so, tally) => so + of(tally), 0);
      return {
        scanned: sum((tally) => tally.scanned),
        matched: sum((tally) => tally.matched),
        byConversation: mostFirst(conversations),
        byClient: mostFirst(clients),
        byChannel,
        unreadable: sum((tally) => tally.unreadable),
        inWork: sum((tally) => tally.inWork),
        method: 'parse',
      };
    },
    async sample({ channels: names, pages, pageSize }) {
      return chosen(names).map(({ name, queue }) => ({
        channel: name,
        waiting: queue.length,
        pages: spreadPages(queue.length, pages, pageSize).map(({ place, size }) => {
          const texts = queue.slice(place, place + size).map(({ raw }) => parseMessage(raw.toString()));
          return { place, messages: texts.length, ...talliesOf(texts) };
        }),
      }));
    },
    async peek(name, { end, count, selector, lookAt = selector === undefined ? count : 20_000 }) {
      const channel = memoryChannel(channels, name);
      const ordered = end === 'newest' ? channel.queue : [...channel.queue].reverse();
      const looked = ordered.slice(0, lookAt);
      const messages = looked
        .map(({ raw }, place) => ({ place, raw }))
        .filter(({ raw }) => selector === undefined || matches(selector, raw.toString()));
      return { waiting: ordered.length, lookedAt: looked.length, messages: messages.slice(0, count) };
    },
    purges: async () => states(),
    purge: async (purgeId) => states().filter((state) => state.purgeId === purgeId),
  };
}

function talliesOf(messages: readonly (ParsedMessage | null)[]) {
  const tally = (of: (message: ParsedMessage) => number | null) => {
    const counts = new Map<number, number>();
    for (const message of messages) {
      const id = message === null ? null : of(message);
      if (id !== null) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return mostFirst(counts);
  };
  return { byConversation: tally((one) => one.conversationId), byClient: tally((one) => one.clientId) };
}
