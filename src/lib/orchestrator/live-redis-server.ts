import type { RedisReader, RedisReply } from '../backends/redis/contract.ts';
import { numberOf, readingOf } from './redis-info.ts';
import type {
  BlockedClient,
  LatencyEvent,
  QueueKey,
  RedisServerReader,
  SlowCommand,
} from './redis-server.ts';

/** The keys of one configured queue. */
interface ChannelKeys {
  readonly name: string;
  readonly queue: string;
  readonly stats: string;
}

/** Elements that MEMORY USAGE looks at to estimate a key's size. */
const sampledElements = 20;

/** The server's own views through a reading handle; see RedisServerReader. Connects on first use. */
export function redisServerReader(handle: RedisReader, channels: readonly ChannelKeys[]): RedisServerReader {
  return {
    async reading() {
      return readingOf(String(await handle.call('info', 'all')));
    },
    async blockedClients(most) {
      const own = Number(await handle.call('client', 'id'));
      const lines = String(await handle.call('client', 'list')).split('\n');
      return lines
        .map(fieldsOf)
        .filter((client) => client.get('flags')?.includes('b') && Number(client.get('id')) !== own)
        .map(
          (client): BlockedClient => ({
            name: client.get('name') ?? '',
            address: client.get('addr') ?? '',
            command: client.get('cmd') ?? '',
            waitingSeconds: numberOf(client.get('idle')),
          }),
        )
        .sort((a, b) => b.waitingSeconds - a.waitingSeconds)
        .slice(0, most);
    },
    async slowLog(most) {
      return listOf(await handle.call('slowlog', 'get', most)).map(slowCommandOf);
    },
    async latencyEvents() {
      return listOf(await handle.call('latency', 'latest')).map((entry): LatencyEvent => {
        const [event, seconds, latestMs, worstMs] = listOf(entry);
        return {
          event: String(event),
          at: isoOf(Number(seconds)),
          latestMs: Number(latestMs),
          worstMs: Number(worstMs),
        };
      });
    },
    async queueKeys() {
      const keys: QueueKey[] = [];
      for (const { name, queue, stats } of channels) {
        for (const key of [queue, stats]) keys.push(await keyOf(handle, name, key));
      }
      return keys;
    },
    async roundTripMs() {
      const began = performance.now();
      await handle.call('ping');
      return performance.now() - began;
    },
  };
}

async function keyOf(handle: RedisReader, channel: string, key: string): Promise<QueueKey> {
  const type = String(await handle.call('type', key));
  if (type === 'none') return { channel, key, type, length: null, bytes: null };
  const lengths: Readonly<Record<string, string>> = {
    list: 'llen',
    hash: 'hlen',
    stream: 'xlen',
    zset: 'zcard',
  };
  const command = lengths[type];
  const length = command === undefined ? null : Number(await handle.call(command, key));
  const bytes = await handle.call('memory', 'usage', key, 'samples', sampledElements);
  // it may have gone in between
  return { channel, key, type, length, bytes: bytes === null ? null : Number(bytes) };
}

/** Arguments are cut to the first: the others may hold messages of customers. */
function slowCommandOf(entry: RedisReply): SlowCommand {
  const [id, seconds, micros, words, address, name] = listOf(entry);
  const [command, first] = listOf(words ?? null);
  return {
    id: Number(id),
    at: isoOf(Number(seconds)),
    durationMs: Number(micros) / 1_000,
    command: String(command ?? '').toLowerCase(),
    firstArgument: first === undefined ? null : String(first).slice(0, 80),
    client: String(name ?? '') || String(address ?? ''),
  };
}

/** `id=3 addr=127.0.0.1:5 name=email-dispatcher-1 …` */
function fieldsOf(line: string): ReadonlyMap<string, string> {
  return new Map(
    line.split(' ').map((field) => {
      const at = field.indexOf('=');
      return [field.slice(0, at), field.slice(at + 1)] as const;
    }),
  );
}

function listOf(reply: RedisReply | undefined): readonly RedisReply[] {
  if (!Array.isArray(reply)) throw new TypeError('Redis answered something that is not a list');
  return reply as readonly RedisReply[];
}

function isoOf(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString();
}
