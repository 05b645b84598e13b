import { channelKeys } from '../names.ts';
import { type Campaign, type ChannelPart, injectedField } from './campaigns.ts';
import { command, type TransactionPipe } from './transaction-pipe.ts';

/** Messages of the largest campaign in one write to a channel; smaller ones get their share, so that all end together. */
const largestChunk = 160;
/** Writes on their way to Redis at a time, at most some 10,000 messages. It bounds what still arrives after a pause. */
const mostInFlight = 64;

/** Pushes messages of campaigns into the queues, a chunk of each campaign and channel in turn. */
export class Injector {
  readonly #pipe: TransactionPipe;
  readonly #inFlight = new Set<Promise<void>>();
  #failure: Error | undefined;

  constructor(pipe: TransactionPipe) {
    this.#pipe = pipe;
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
    if (this.#failure) throw this.#failure;
  }

  async #push(activationId: number, part: ChannelPart, count: number, enqueuedAt: string): Promise<void> {
    while (this.#inFlight.size >= mostInFlight) await Promise.race(this.#inFlight);
    if (this.#failure) throw this.#failure;
    const keys = channelKeys(part.channel);
    const number = String(count);
    let commands = `*${count + 2}\r\n$5\r\nLPUSH\r\n$${keys.queue.length}\r\n${keys.queue}\r\n`;
    for (let index = 0; index < count; index += 1) {
      const message = part.make(part.sent + index, enqueuedAt);
      commands += `$${message.length}\r\n${message}\r\n`;
    }
    commands += command('HINCRBY', keys.stats, 'injected', number);
    commands += command('HINCRBY', keys.stats, injectedField(activationId), number);
    part.sent += count;
    const write = this.#pipe
      .transaction(commands, 3)
      .then(
        () => {
          part.confirmed += count;
        },
        (error: Error) => {
          this.#failure ??= error;
        },
      )
      .finally(() => this.#inFlight.delete(write));
    this.#inFlight.add(write);
  }
}
