import type { RedisOptions, RedisReader } from '../backends/redis/contract.ts';
import { SpillwayError } from '../core/errors.ts';
import type { RedisExaminer, RedisPermission } from './examination.ts';

/** The keys of one configured queue. */
interface ChannelKeys {
  readonly queue: string;
  readonly stats: string;
}

/** What the scripts and readers send, with the key that it is sent for. */
function neededCommands({ queue, stats }: ChannelKeys): readonly (readonly string[])[] {
  return [
    ['llen', queue],
    ['lrange', queue, '0', '0'],
    ['lindex', queue, '0'],
    ['hgetall', stats],
    ['eval_ro', 'return 1', '1', queue],
    ['evalsha', '0'.repeat(40), '1', queue],
    ['eval', 'return 1', '1', queue],
    ['lpush', queue, ''],
    ['ltrim', queue, '0', '0'],
    ['renamenx', queue, queue],
    ['unlink', queue],
    ['hincrby', stats, 'injected', '0'],
  ];
}

/** What is asked of the server and not of a queue. */
const serverCommands: readonly (readonly string[])[] = [
  ['info'],
  ['scan', '0'],
  ['client', 'list'],
  ['slowlog', 'get'],
  ['latency', 'latest'],
];

/** The connection to Redis, examined through a reading handle: `ACL DRYRUN` says whether a command would be allowed without running it. */
export function redisExaminer(
  handle: RedisReader,
  options: Pick<RedisOptions, 'tls'>,
  channels: readonly ChannelKeys[],
  nowMs: () => number,
): RedisExaminer {
  return {
    address: handle.address,
    tls: options.tls,
    async seen() {
      const info = new Map(
        String(await handle.call('info', 'everything'))
          .split(/\r?\n/)
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const),
      );
      const startedMs = nowMs();
      const time = await handle.call('time');
      const endedMs = nowMs();
      const [seconds = 0, micros = 0] = Array.isArray(time) ? time.map(Number) : [];
      const known = info.get('redis_version') ?? '';
      const valkey = info.get('valkey_version');
      return {
        version: valkey === undefined ? `Redis ${known}` : `Valkey ${valkey}`,
        major: Number.parseInt(known, 10),
        replica: info.get('role') === 'slave',
        evictionPolicy: info.get('maxmemory_policy') ?? 'unknown',
        clockAheadMs: seconds * 1_000 + micros / 1_000 - (startedMs + endedMs) / 2,
        clockErrorMs: (endedMs - startedMs) / 2,
      };
    },
    async permissions() {
      let user: string;
      try {
        user = String(await handle.call('acl', 'whoami'));
        await handle.call('acl', 'dryrun', user, 'ping');
      } catch (error) {
        if (error instanceof SpillwayError && error.code === 'failed') return null;
        throw error;
      }
      const wanted = [...serverCommands, ...channels.flatMap(neededCommands)];
      const permissions: RedisPermission[] = [];
      for (const words of wanted) {
        const answer = await handle.call('acl', 'dryrun', user, ...words);
        const [command = '', second = ''] = words;
        const key = words.find((word) => channels.some((one) => one.queue === word || one.stats === word));
        const name = ['client', 'slowlog', 'latency'].includes(command) ? `${command}|${second}` : command;
        permissions.push({
          command: key === undefined ? name : `${name} ${key}`,
          held: answer === 'OK',
          rule: `acl setuser ${user} +${name}${key === undefined ? '' : ` ~${pattern(key)}`}`,
        });
      }
      return { user, permissions };
    },
  };
}

/** The pattern that covers a queue's key and those that Spillway keeps beside it. */
function pattern(key: string): string {
  const tag = /^.*\{[^}]+\}/.exec(key)?.[0];
  return tag === undefined ? `${key}*` : `${tag}*`;
}
