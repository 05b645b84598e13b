import type { Redis } from 'ioredis';
import { channelKeys } from '../names.ts';
import { type Campaign, type ChannelPart, injectedField } from './campaigns.ts';

/** Messages of the largest campaign in one write to a channel; smaller ones get their share, so that all end together. */
const largestChunk = 160;
/** Writes on their way to Redis at a time. It bounds what still arrives after a pause. */
const mostInFlight = 12;

/** Pushes messages of campaigns into the queues, a chunk of each campaign and channel in turn. */
export class Injector {
  readonly #redis: Redis;
  readonly #inFlight = new Set<Promise<void>>();
  #failure: unknown;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /**
   * One chunk of each campaign through each channel.
   * @throws what Redis answered, when a write failed or its outcome is unknown: take the campaigns up anew
   */
  async round(campaigns: readonly Campaign[]): Promise<void> {
    const largest = Math.max(...campaigns.map(({ total }) => total));
    const enqueuedAt = new Date().toISOString();
    for (const campaign of campaigns) {
      const chunk = Math.max(1, Math.round((campaign.total / largest) * largestChunk));
      for (const part of campaign.parts) {
        const count = Math.min(chunk, part.total - part.sent);
        if (count > 0) await this.#push(campaign.activationId, part, count, enqueuedAt);
      }
    }
  }

  /** Waits for every write that is on its way. */
  async settled(): Promise<void> {
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) {
      const failure = this.#failure;
      this.#failure = undefined;
      throw failure instanceof Error ? failure : new Error(String(failure));
    }
  }

  async #push(activationId: number, part: ChannelPart, count: number, enqueuedAt: string): Promise<void> {
    while (this.#inFlight.size >= mostInFlight) await Promise.race(this.#inFlight);
    if (this.#failure !== undefined) await this.settled();
    const messages: string[] = new Array(count);
    for (let index = 0; index < count; index += 1) messages[index] = part.make(part.sent + index, enqueuedAt);
    part.sent += count;
    const keys = channelKeys(part.channel);
    const write = this.#redis
      .multi()
      .lpush(keys.queue, ...messages)
      .hincrby(keys.stats, 'injected', count)
      .hincrby(keys.stats, injectedField(activationId), count)
      .exec()
      .then(
        (replies) => {
          const refused = replies?.find(([error]) => error)?.[0];
          if (replies === null || refused)
            this.#failure ??= refused ?? new Error('the transaction was discarded');
          else part.confirmed += count;
        },
        (error: unknown) => {
          this.#failure ??= error;
        },
      )
      .finally(() => this.#inFlight.delete(write));
    this.#inFlight.add(write);
  }
}
