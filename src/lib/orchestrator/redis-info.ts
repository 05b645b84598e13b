import type { CommandCounter, RedisReading, RedisReplica, RedisReplication } from './redis-server.ts';

/** Reads the text of `INFO all`. What a server leaves out (an older one, a managed one) counts as 0, `ok` or unknown. */
export function readingOf(text: string): RedisReading {
  const info = linesOf(text);
  const number = (name: string) => numberOf(info.get(name));
  const orNull = (name: string) => (info.has(name) && number(name) > 0 ? number(name) : null);
  const ok = (name: string) => (info.get(name) ?? 'ok') === 'ok';
  return {
    atMs: info.has('server_time_usec')
      ? number('server_time_usec') / 1_000
      : number('uptime_in_seconds') * 1_000,
    version: info.get('redis_version') ?? 'unknown',
    uptimeSeconds: number('uptime_in_seconds'),
    loading:
      info.get('loading') === '1'
        ? { share: number('loading_loaded_perc') / 100, secondsLeft: orNull('loading_eta_seconds') }
        : null,
    memory: {
      usedBytes: number('used_memory'),
      rssBytes: number('used_memory_rss'),
      peakBytes: number('used_memory_peak'),
      limitBytes: orNull('maxmemory'),
      machineBytes: orNull('total_system_memory'),
      policy: info.get('maxmemory_policy') ?? 'noeviction',
      fragmentation: number('mem_fragmentation_ratio'),
    },
    clients: {
      connected: number('connected_clients'),
      blocked: number('blocked_clients'),
      most: orNull('maxclients'),
    },
    counters: {
      commands: number('total_commands_processed'),
      rejectedConnections: number('rejected_connections'),
      evictedKeys: number('evicted_keys'),
      outOfMemoryReplies: numberOf(partsOf(info.get('errorstat_OOM')).get('count')),
    },
    commands: commandsOf(info),
    persistence: {
      saving: info.get('rdb_bgsave_in_progress') === '1',
      lastSaveOk: ok('rdb_last_bgsave_status'),
      changesSinceSave: number('rdb_changes_since_last_save'),
      lastSaveAt: new Date(number('rdb_last_save_time') * 1_000).toISOString(),
      appendOnly: info.get('aof_enabled') === '1',
      lastAppendOk: ok('aof_last_write_status'),
      rewriting: info.get('aof_rewrite_in_progress') === '1',
    },
    replication: replicationOf(info),
  };
}

/** A number of INFO; 0 where it is missing. */
export function numberOf(text: string | undefined): number {
  const value = Number(text ?? 0);
  return Number.isFinite(value) ? value : 0;
}

function linesOf(text: string): ReadonlyMap<string, string> {
  const info = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const at = line.indexOf(':');
    if (at > 0 && !line.startsWith('#')) info.set(line.slice(0, at), line.slice(at + 1));
  }
  return info;
}

/** `calls=3,usec=10` */
function partsOf(value: string | undefined): ReadonlyMap<string, string> {
  return new Map(
    (value ?? '').split(',').map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at), part.slice(at + 1)] as const;
    }),
  );
}

function commandsOf(info: ReadonlyMap<string, string>): CommandCounter[] {
  const prefix = 'cmdstat_';
  return [...info]
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => {
      const parts = partsOf(value);
      return {
        name: name.slice(prefix.length).replaceAll('|', ' '),
        calls: numberOf(parts.get('calls')),
        totalMs: numberOf(parts.get('usec')) / 1_000,
      };
    });
}

function replicationOf(info: ReadonlyMap<string, string>): RedisReplication {
  const offset = numberOf(info.get('master_repl_offset'));
  const replicas = [...info]
    .filter(([name]) => /^slave\d+$/.test(name))
    .map(([, value]): RedisReplica => {
      const parts = partsOf(value);
      return {
        address: `${parts.get('ip') ?? '?'}:${parts.get('port') ?? '?'}`,
        state: parts.get('state') ?? 'unknown',
        behindBytes: Math.max(0, offset - numberOf(parts.get('offset'))),
        silentSeconds: numberOf(parts.get('lag')),
      };
    });
  const role = info.get('role') === 'slave' ? 'replica' : 'master';
  const linkUp = role === 'master' ? null : info.get('master_link_status') === 'up';
  const down = info.get('master_link_down_since_seconds');
  return { role, replicas, linkUp, linkDownSeconds: linkUp === false ? numberOf(down) : null };
}
