import type { Redis } from 'ioredis';
import { messageOf } from '../../core/errors.ts';
import { messageFactory } from '../message.ts';
import { type Channel, channelKeys, type ProcessName } from '../names.ts';
import type { RunningService, ServiceContext } from './context.ts';
import { pause } from './patience.ts';
import { PostgresSession } from './postgres-session.ts';
import { openServiceRedis } from './redis-session.ts';
import { Switches, watchStores } from './switches.ts';

/** Which part of the steady stream comes through each API. */
export const trafficShares: Readonly<Partial<Record<ProcessName, number>>> = {
  'one-time-password-api': 0.25,
  'smtp-api': 0.3,
  'conversation-api': 0.35,
  'bulk-load-api': 0.1,
};

const tickMs = 50;
/** A client whose call was held up calls again, but not for ever: what is due and older than this is dropped. */
const longestArrearsMs = 1_000;
const lookEveryMs = 300;
const recordEveryMs = 2_000;

/** One channel of an open-ended activation. */
interface Stream {
  readonly activationId: number;
  readonly clientId: number;
  readonly channel: Channel;
  readonly make: (index: number, enqueuedAt: string) => string;
  next: number;
  /** Whether conversation and activation let messages in; an API refuses calls for others. */
  open: boolean;
}

interface StreamRow {
  readonly activation_id: number;
  readonly conversation_id: number;
  readonly client_id: number;
  readonly channels: readonly Channel[];
  readonly open: boolean;
}

/**
 * Starts a transactional API. Its clients call it at a steady rate, in turn, and each call puts a message into a queue. It obeys
 * stopped conversations and paused activations; the injection switch is for the director and does not concern it.
 */
export async function startTraffic(context: ServiceContext): Promise<RunningService> {
  const switches = new Switches();
  const watch = new PostgresSession(context, `${context.name}-watch`);
  const postgres = new PostgresSession(context, context.name);
  const redis = await openServiceRedis(context, context.name);
  const watching = watchStores(context, { postgres: watch, redis }, switches);
  const ratePerMs = (context.record.messagesPerSecond * (trafficShares[context.name] ?? 0)) / 1_000;
  const streams = new Map<string, Stream>();
  const unrecorded = new Map<number, number>();
  return { ended: end() };

  async function end(): Promise<void> {
    await Promise.all([
      watching,
      repeat('streams', lookEveryMs, look),
      repeat('record', recordEveryMs, record),
      call(),
    ]);
    await record();
    await Promise.all([watch.end(), postgres.end()]);
    redis.disconnect();
  }

  async function repeat(part: string, everyMs: number, work: () => Promise<void>): Promise<void> {
    while (!context.stop.aborted) {
      try {
        await work();
        context.health.report(part);
      } catch (error) {
        context.health.report(part, messageOf(error));
      }
      await pause(everyMs, context.stop);
    }
  }

  async function look(): Promise<void> {
    const found = await postgres.query<StreamRow>({
      name: 'streams',
      text: `select s.activation_id, a.conversation_id, c.client_id, s.channels,
                    a.status = 'injecting' and c.status = 'active' as open
               from lab.streams s
               join orchestrator.activations a on a.id = s.activation_id
               join orchestrator.conversations c on c.id = a.conversation_id
               where s.service = $1 order by s.activation_id`,
      values: [context.name],
    });
    for (const row of found.rows)
      for (const channel of row.channels) {
        const key = `${row.activation_id}:${channel}`;
        const stream = streams.get(key) ?? openStream(row, channel);
        stream.open = row.open;
        streams.set(key, stream);
      }
  }

  async function call(): Promise<void> {
    let last = performance.now();
    let due = 0;
    let turn = 0;
    while (!context.stop.aborted) {
      await pause(tickMs, context.stop);
      const now = performance.now();
      due += Math.min(now - last, longestArrearsMs) * ratePerMs;
      last = now;
      const inTurn = [...streams.values()];
      const calls: Stream[] = [];
      for (; due >= 1 && inTurn.length > 0; due -= 1) {
        const stream = inTurn[turn++ % inTurn.length];
        if (stream?.open) calls.push(stream);
      }
      try {
        await enqueue(redis, calls);
        for (const { activationId } of calls)
          unrecorded.set(activationId, (unrecorded.get(activationId) ?? 0) + 1);
        context.health.report('calls');
      } catch (error) {
        // the clients are told; whether the messages stand in the queue, its own counters say
        context.health.report('calls', messageOf(error));
      }
    }
  }

  async function record(): Promise<void> {
    const counts = [...unrecorded];
    if (counts.length === 0) return;
    await postgres.query({
      name: 'record-calls',
      text: `update orchestrator.activations a set injected_messages = a.injected_messages + v.injected
               from unnest($1::integer[], $2::bigint[]) as v (id, injected) where a.id = v.id`,
      values: [counts.map(([id]) => id), counts.map(([, count]) => count)],
    });
    for (const [id, count] of counts) {
      const rest = (unrecorded.get(id) ?? 0) - count;
      if (rest > 0) unrecorded.set(id, rest);
      else unrecorded.delete(id);
    }
  }
}

function openStream(row: StreamRow, channel: Channel): Stream {
  return {
    activationId: row.activation_id,
    clientId: row.client_id,
    channel,
    make: messageFactory({
      conversationId: row.conversation_id,
      activationId: row.activation_id,
      clientId: row.client_id,
      channel,
      // every start has ids of its own
      seed: Math.floor(Math.random() * 2 ** 32),
      validity: 'valid',
    }),
    next: 0,
    open: row.open,
  };
}

/** Puts one message of each stream into its queue and counts it, one transaction a channel. */
async function enqueue(redis: Redis, calls: readonly Stream[]): Promise<void> {
  const enqueuedAt = new Date().toISOString();
  const byChannel = Map.groupBy(calls, ({ channel }) => channel);
  await Promise.all(
    [...byChannel].map(async ([channel, streams]) => {
      const keys = channelKeys(channel);
      const messages = streams.map((stream) => stream.make(stream.next++, enqueuedAt));
      const replies = await redis
        .multi()
        .lpush(keys.queue, ...messages)
        .hincrby(keys.stats, 'injected', messages.length)
        .exec();
      const refused = replies?.find(([error]) => error)?.[0];
      if (refused) throw refused;
    }),
  );
}
