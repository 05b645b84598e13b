import type { QueueReader, QueueWriter } from './driver.ts';
import { memoryReader } from './memory-reader.ts';
import { type MemoryChannel, memoryChannel } from './memory-state.ts';
import { memoryWriter } from './memory-writer.ts';

/** A queue in memory that keeps the contract of driver.ts: for tests of everything that stands above a queue. */
export interface MemoryQueue {
  readonly reader: QueueReader;
  readonly writer: QueueWriter;
  /** A consumer takes the oldest message in hand; null when nothing waits. */
  take(channel: string): Buffer | null;
  /** The consumer is through with the message it took first. */
  settle(channel: string, outcome: 'delivered' | 'failed'): void;
  /** The consumer puts the message it took first back at the newest end. */
  defer(channel: string): void;
  /** What waits, newest first. */
  waiting(channel: string): Buffer[];
}

/** `pieceSize`: most messages that one call of a writer's method moves. `now` gives epoch milliseconds. */
export function memoryQueue(
  names: readonly string[],
  options: { readonly pieceSize?: number; readonly now?: () => number } = {},
): MemoryQueue {
  const now = options.now ?? (() => 0);
  const channels = names.map<MemoryChannel>((name) => ({
    name,
    queue: [],
    processing: [],
    injected: 0,
    processed: 0,
    failed: 0,
    archived: 0,
    parts: new Map(),
    open: new Set(),
  }));
  const inHand = (name: string) => {
    const channel = memoryChannel(channels, name);
    const message = channel.processing.shift();
    if (message === undefined) throw new RangeError(`nothing is in work on ${name}`);
    return { channel, message };
  };
  return {
    reader: memoryReader(channels, now),
    writer: memoryWriter(channels, options.pieceSize ?? Number.POSITIVE_INFINITY, now),
    take(name) {
      const channel = memoryChannel(channels, name);
      const message = channel.queue.pop();
      if (message === undefined) return null;
      channel.processing.push(message);
      return message.raw;
    },
    settle(name, outcome) {
      const { channel } = inHand(name);
      channel.processed += 1;
      if (outcome === 'failed') channel.failed += 1;
    },
    defer(name) {
      const { channel, message } = inHand(name);
      channel.queue.unshift({ raw: message.raw, places: new Map() });
    },
    waiting: (name) => memoryChannel(channels, name).queue.map((message) => message.raw),
  };
}
