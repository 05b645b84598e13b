/** Calls of one command since the server began (or since CONFIG RESETSTAT), and the time that the server spent in them. */
export interface CommandCounter {
  readonly name: string;
  readonly calls: number;
  readonly totalMs: number;
}

export interface RedisMemory {
  readonly usedBytes: number;
  readonly rssBytes: number;
  readonly peakBytes: number;
  /** `maxmemory`; null: no limit but the machine's. */
  readonly limitBytes: number | null;
  /** Memory of the machine (or container), where the server tells. */
  readonly machineBytes: number | null;
  /** `noeviction`, `allkeys-lru`, … */
  readonly policy: string;
  /** Resident ÷ used. */
  readonly fragmentation: number;
}

export interface RedisClients {
  readonly connected: number;
  /** Waiting in BLPOP, BLMOVE, XREAD …: consumers at rest, mostly. */
  readonly blocked: number;
  /** `maxclients`; null before Redis 6.2. */
  readonly most: number | null;
}

export interface RedisPersistence {
  readonly saving: boolean;
  /** Whether the last background save succeeded: after a failure Redis by default refuses every write. */
  readonly lastSaveOk: boolean;
  readonly changesSinceSave: number;
  /** ISO-8601. */
  readonly lastSaveAt: string;
  readonly appendOnly: boolean;
  readonly lastAppendOk: boolean;
  readonly rewriting: boolean;
}

export interface RedisReplica {
  readonly address: string;
  /** `online`, `wait_bgsave`, … */
  readonly state: string;
  readonly behindBytes: number;
  /** Seconds since it was heard of. */
  readonly silentSeconds: number;
}

export interface RedisReplication {
  readonly role: 'master' | 'replica';
  readonly replicas: readonly RedisReplica[];
  /** A replica's link to its master; null on a master. */
  readonly linkUp: boolean | null;
  readonly linkDownSeconds: number | null;
}

/** One reading of INFO. */
export interface RedisReading {
  /** Epoch milliseconds by the server's clock. */
  readonly atMs: number;
  readonly version: string;
  readonly uptimeSeconds: number;
  /** While the server loads its data it answers nothing but this. `share`: 0–1. */
  readonly loading: { readonly share: number; readonly secondsLeft: number | null } | null;
  readonly memory: RedisMemory;
  readonly clients: RedisClients;
  readonly counters: {
    readonly commands: number;
    readonly rejectedConnections: number;
    readonly evictedKeys: number;
    /** Writes that were refused because memory was full. */
    readonly outOfMemoryReplies: number;
  };
  readonly commands: readonly CommandCounter[];
  readonly persistence: RedisPersistence;
  readonly replication: RedisReplication;
}

/** A client that waits in a blocking command. */
export interface BlockedClient {
  readonly name: string;
  readonly address: string;
  readonly command: string;
  readonly waitingSeconds: number;
}

/** An entry of the slow log: the command and its first argument (a key, or a script's digest), never its payload. */
export interface SlowCommand {
  readonly id: number;
  /** ISO-8601. */
  readonly at: string;
  readonly durationMs: number;
  readonly command: string;
  readonly firstArgument: string | null;
  /** Connection name, else address. */
  readonly client: string;
}

/** The last spike of one kind, as LATENCY LATEST has it; kept only where `latency-monitor-threshold` is set. */
export interface LatencyEvent {
  readonly event: string;
  readonly at: string;
  readonly latestMs: number;
  readonly worstMs: number;
}

/** A key of a configured queue. */
export interface QueueKey {
  readonly channel: string;
  readonly key: string;
  /** As Redis names it; `none` where there is no such key. */
  readonly type: string;
  /** Elements of a list, fields of a hash; null for another type. */
  readonly length: number | null;
  /** Estimated by the server from a few elements; null where there is no such key. */
  readonly bytes: number | null;
}

/**
 * What the Redis that holds the queues says about itself. Nothing here changes anything; every call is one command, or a few small ones.
 * Errors: SpillwayError `unreachable` (down, silent, password; `details.reply` is `BUSY` or `LOADING` where the server said so, `details.refused` whether anybody listens),
 * `failed` (a missing permission). While the server loads, only `reading` answers; while it is busy with a script, nothing does.
 */
export interface RedisServerReader {
  reading(): Promise<RedisReading>;
  /** Longest waiting first, Spillway's own left out. Costs the server a pass over its clients. */
  blockedClients(most: number): Promise<BlockedClient[]>;
  /** Newest first. */
  slowLog(most: number): Promise<SlowCommand[]>;
  latencyEvents(): Promise<LatencyEvent[]>;
  /** Queue and counters of each configured channel; bounded cost, whatever their size. */
  queueKeys(): Promise<QueueKey[]>;
  /** The time of one PING there and back, in milliseconds. */
  roundTripMs(): Promise<number>;
}
