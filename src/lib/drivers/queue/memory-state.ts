import { SpillwayError } from '../../core/errors.ts';
import type { PurgeState } from './driver.ts';

/** A message in a memory queue, with its place in each purge that gave it back. */
export interface MemoryMessage {
  readonly raw: Buffer;
  /** Position by part (`<purge id>.<part>`); a message without one arrived later. */
  readonly places: Map<string, number>;
}

/** A part of a purge in memory. Lists stand newest first. */
export interface MemoryPart {
  state: PurgeState;
  abandoned: boolean;
  work: MemoryMessage[];
  quarantine: MemoryMessage[];
  neighbours: MemoryMessage[];
  /** All that was ever taken, by position: a restored message is the same message. */
  readonly taken: Map<number, MemoryMessage>;
}

export interface MemoryChannel {
  readonly name: string;
  /** Newest first. */
  queue: MemoryMessage[];
  processing: MemoryMessage[];
  injected: number;
  processed: number;
  failed: number;
  archived: number;
  readonly parts: Map<string, MemoryPart>;
  readonly open: Set<string>;
}

/** Throws SpillwayError `usage` for a channel that does not exist. */
export function memoryChannel(channels: readonly MemoryChannel[], name: string): MemoryChannel {
  const channel = channels.find((one) => one.name === name);
  if (channel === undefined) {
    const known = channels.map((one) => one.name).join(', ');
    throw new SpillwayError('usage', `There is no channel "${name}". Configured are: ${known}.`);
  }
  return channel;
}
