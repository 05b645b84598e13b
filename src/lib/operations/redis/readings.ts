import type {
  BlockedClient,
  LatencyEvent,
  QueueKey,
  RedisReading,
  SlowCommand,
} from '../../orchestrator/redis-server.ts';
import type { Seen } from '../diagnose/seen.ts';

/** One command over the window. `processorShare`: of one processor's time, 0–1; commands that a script calls count for it and for the script. */
export interface CommandRate {
  readonly name: string;
  readonly callsPerSecond: number;
  readonly meanMs: number;
  readonly processorShare: number;
}

export interface RedisTraffic {
  readonly windowSeconds: number;
  readonly commandsPerSecond: number;
  /** Writes that were refused because memory was full. */
  readonly refusedWritesPerSecond: number;
  readonly evictedKeysPerSecond: number;
  readonly rejectedConnectionsPerSecond: number;
  /** Most processor time first. */
  readonly commands: readonly CommandRate[];
}

export interface RoundTrips {
  readonly samples: number;
  readonly medianMs: number;
  readonly worstMs: number;
}

/** Data of `redis.health`. Each part was taken by itself: one that is missing says why. */
export interface RedisHealthData {
  /** What stands out, in one sentence. */
  readonly finding: string;
  readonly windowSeconds: number;
  /** The last reading; without its counters, which mean something only as differences. */
  readonly server: Seen<Omit<RedisReading, 'commands' | 'counters'>>;
  readonly traffic: Seen<RedisTraffic>;
  readonly roundTrips: Seen<RoundTrips>;
  /** Longest waiting first. */
  readonly blocked: Seen<readonly BlockedClient[]>;
  /** Slowest of the newest entries of the slow log; `recent`: those of the last minute. */
  readonly slow: Seen<{ readonly commands: readonly SlowCommand[]; readonly recent: number }>;
  readonly latency: Seen<readonly LatencyEvent[]>;
  /** Largest first; keys that do not exist are left out. */
  readonly keys: Seen<readonly QueueKey[]>;
}

/** What happened between two readings; a counter that was reset in between counts from 0. */
export function trafficBetween(before: RedisReading, after: RedisReading): RedisTraffic {
  const windowSeconds = Math.max(0.001, (after.atMs - before.atMs) / 1_000);
  const since = (now: number, then: number) => (now >= then ? now - then : now);
  const rate = (of: (counters: RedisReading['counters']) => number) =>
    since(of(after.counters), of(before.counters)) / windowSeconds;
  const known = new Map(before.commands.map((command) => [command.name, command]));
  const commands = after.commands
    .map(({ name, calls, totalMs }): CommandRate => {
      const then = known.get(name);
      const [ran, spentMs] = [since(calls, then?.calls ?? 0), since(totalMs, then?.totalMs ?? 0)];
      return {
        name,
        callsPerSecond: ran / windowSeconds,
        meanMs: ran === 0 ? 0 : spentMs / ran,
        processorShare: spentMs / 1_000 / windowSeconds,
      };
    })
    .filter(({ callsPerSecond }) => callsPerSecond > 0)
    .sort((a, b) => b.processorShare - a.processorShare || a.name.localeCompare(b.name));
  return {
    windowSeconds,
    commandsPerSecond: rate(({ commands: all }) => all),
    refusedWritesPerSecond: rate(({ outOfMemoryReplies }) => outOfMemoryReplies),
    evictedKeysPerSecond: rate(({ evictedKeys }) => evictedKeys),
    rejectedConnectionsPerSecond: rate(({ rejectedConnections }) => rejectedConnections),
    commands,
  };
}
