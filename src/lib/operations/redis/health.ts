import { z } from 'zod';
import { diagnosis, type ReadContext } from '../../core/operation.ts';
import type { QueueKey, RedisReading, SlowCommand } from '../../orchestrator/redis-server.ts';
import type { CatalogueOperation, ReadAccess } from '../access.ts';
import { type Seen, seen, type Unseen } from '../diagnose/seen.ts';
import { type RedisHealthData, type RoundTrips, trafficBetween } from './readings.ts';
import { redisTroubles } from './troubles.ts';

const input = z.strictObject({
  windowSeconds: z.number().min(0.5).max(60).default(2).describe('time over which the command mix is taken'),
  pings: z.int().min(1).max(100).default(8).describe('round trips measured within the window'),
  entries: z.int().min(1).max(128).default(8).describe('most slow commands and blocked clients to show'),
});
type Input = z.output<typeof input>;

/** `redis.health`: memory and eviction, clients, the command mix over a window, slow commands, latency, the queues' keys, persistence and replication. */
export const redisHealth: CatalogueOperation<Input, RedisHealthData> = diagnosis({
  id: 'redis.health',
  title: 'Look at what Redis is busy with',
  input,
  async measure(context, options) {
    const data = await measureRedis(context, options);
    return { summary: data.finding, data };
  },
});

/** The same for another diagnosis: never throws because of Redis; what it refused stands in the parts. */
export async function measureRedis(
  context: ReadContext<ReadAccess>,
  options: Input = input.parse({}),
): Promise<RedisHealthData> {
  const { redis } = context.read;
  const before = await seen(() => redis.reading());
  if (!before.ok || before.value.loading !== null) return unanswered(before, options.windowSeconds);
  const roundTrips = await pingThrough(context, options);
  const after = await seen(() => redis.reading());
  const slow = await seen(async () => slowest(await redis.slowLog(128), before.value.atMs, options.entries));
  const measured = {
    windowSeconds: options.windowSeconds,
    server: after.ok ? { ok: true as const, value: withoutCounters(after.value) } : after,
    traffic: after.ok ? { ok: true as const, value: trafficBetween(before.value, after.value) } : after,
    roundTrips,
    blocked: await seen(() => redis.blockedClients(options.entries)),
    slow,
    latency: await seen(() => redis.latencyEvents()),
    keys: await seen(async () => largest(await redis.queueKeys())),
  };
  return { finding: findingOf(measured), ...measured };
}

async function pingThrough(context: ReadContext<ReadAccess>, options: Input): Promise<Seen<RoundTrips>> {
  return seen(async () => {
    const times: number[] = [];
    for (let ping = 0; ping < options.pings; ping += 1) {
      await context.clock.sleep((options.windowSeconds * 1_000) / options.pings, context.signal);
      context.progress(`Redis: round trip ${ping + 1} of ${options.pings}`, ping / options.pings);
      times.push(await context.read.redis.roundTripMs());
    }
    times.sort((a, b) => a - b);
    return {
      samples: times.length,
      medianMs: times[Math.floor((times.length - 1) / 2)] ?? 0,
      worstMs: times.at(-1) ?? 0,
    };
  });
}

/** A server that does not answer, or loads, is asked nothing more: every question would wait for its limit. */
function unanswered(reading: Seen<RedisReading>, windowSeconds: number): RedisHealthData {
  const why: Unseen = reading.ok
    ? { ok: false, reason: 'Redis is loading its data.', state: 'LOADING', suggestion: null }
    : reading;
  const server = reading.ok ? { ok: true as const, value: withoutCounters(reading.value) } : reading;
  const rest = { traffic: why, roundTrips: why, blocked: why, slow: why, latency: why, keys: why };
  const measured = { windowSeconds, server, ...rest };
  return { finding: findingOf(measured), ...measured };
}

function findingOf(measured: Omit<RedisHealthData, 'finding'>): string {
  const [first] = redisTroubles(measured);
  if (first !== undefined) return first.what;
  return 'Nothing stands out: memory, clients, commands and persistence are as they should be.';
}

function slowest(entries: readonly SlowCommand[], nowMs: number, most: number) {
  const recent = entries.filter(({ at }) => nowMs - Date.parse(at) <= 60_000).length;
  const commands = [...entries].sort((a, b) => b.durationMs - a.durationMs).slice(0, most);
  return { commands, recent };
}

function largest(keys: readonly QueueKey[]): QueueKey[] {
  return keys.filter(({ bytes }) => bytes !== null).sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0));
}

function withoutCounters({ commands: _commands, counters: _counters, ...rest }: RedisReading) {
  return rest;
}
