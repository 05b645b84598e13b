import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { QueueReader } from '../../../src/lib/drivers/queue/driver.ts';
import { message, oddities } from '../../contract/queue/messages.ts';

const stock: Readonly<Record<string, Buffer[]>> = {
  email: interleaved(120),
  sms: [...oddities.slice(0, 6), ...interleaved(20)],
};

function interleaved(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => message(i, { conversationId: i % 10 < 6 ? 7 : 5 }));
}

/** Fills both queues; the newest last. */
export async function fill(redis: Redis): Promise<void> {
  await redis.flushall();
  for (const [channel, messages] of Object.entries(stock)) {
    await redis.lpush(`orchestrator:{${channel}}:queue`, ...messages);
    await redis.hincrby(`orchestrator:{${channel}}:stats`, 'injected', messages.length);
  }
}

const isTaken = (raw: Buffer) => raw.includes('"conversationId":7,') && raw.includes('"id"');

/** What each queue holds before (newest first), and after a whole purge. */
export function expected(channel: string): {
  readonly before: Buffer[];
  readonly after: Buffer[];
  readonly taken: Buffer[];
} {
  const before = [...(stock[channel] ?? [])].reverse();
  return { before, after: before.filter((raw) => !isTaken(raw)), taken: before.filter(isTaken) };
}

/**
 * Every message is in exactly one place: in a list of the channel (queue, set aside, quarantine), or archived and released. What the lists hold, and as many as the store says
 * are archived, make up the stock.
 */
export async function expectWhole(redis: Redis, reader: QueueReader): Promise<void> {
  for (const { channel, waiting, quarantined, archived, injected } of await reader.depths()) {
    expect(waiting + quarantined + archived).toBe(injected);
    const { before, taken } = expected(channel);
    const seen = new Map<string, number>();
    for (const key of await redis.keys(`orchestrator:{${channel}}:*`)) {
      if ((await redis.type(key)) !== 'list' || key.endsWith(':places')) continue;
      for (const element of await redis.lrangeBuffer(key, 0, -1)) {
        const text = element.toString('latin1');
        seen.set(text, (seen.get(text) ?? 0) + 1);
      }
    }
    const stillThere = before.filter((raw) => {
      const left = seen.get(raw.toString('latin1')) ?? 0;
      seen.set(raw.toString('latin1'), left - 1);
      return left > 0;
    });
    expect([...seen.values()].filter((left) => left > 0)).toEqual([]);
    const gone = before.filter((raw) => !stillThere.includes(raw));
    expect(gone.length).toBe(archived);
    expect(gone.every((raw) => taken.includes(raw))).toBe(true);
  }
}
