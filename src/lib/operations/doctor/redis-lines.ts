import type { RedisExaminer } from '../../orchestrator/examination.ts';
import { clockLine, type DoctorLine, examined, fine, notFine } from './line.ts';

/** `EVAL_RO`, by which all reading scripts are sent, and `ACL DRYRUN` came with it. */
const oldestMajor = 7;

/** Everything about Redis: connection, TLS, version, what the user may send, eviction, clock. */
export async function redisLines(redis: RedisExaminer): Promise<readonly DoctorLine[]> {
  return examined('redis', 'connection', async () => {
    const { host, port } = redis.address;
    const seen = await redis.seen();
    const lines = [
      fine('redis', 'connection', `${host}:${port} answers`),
      fine(
        'redis',
        'TLS',
        redis.tls ? 'on, certificate and host name verified' : 'plain text, on loopback or by configuration',
      ),
      seen.major < oldestMajor
        ? notFine('act', 'redis', 'version', `${seen.version} is older than 7.0: it does not know EVAL_RO`, [
            'apt-get install redis-server   # 7.0 or newer',
          ])
        : fine('redis', 'version', seen.version),
      seen.evictionPolicy === 'noeviction'
        ? fine('redis', 'eviction', 'noeviction: queues are never thrown away')
        : notFine(
            'act',
            'redis',
            'eviction',
            `maxmemory-policy is ${seen.evictionPolicy}: when memory runs out, queues and archives' marks may be thrown away`,
            [`redis-cli -h ${host} -p ${port} config set maxmemory-policy noeviction`],
          ),
      clockLine('Redis', seen),
    ];
    if (seen.replica)
      lines.push(
        notFine('act', 'redis', 'writable', 'this is a replica: nothing can be changed through it', [
          'set `redis.host` of the target to the master',
        ]),
      );
    return [...lines, ...(seen.major < oldestMajor ? [] : await permissionLines(redis))];
  });
}

async function permissionLines(redis: RedisExaminer): Promise<readonly DoctorLine[]> {
  const asked = await redis.permissions();
  if (asked === null)
    return [
      notFine('advice', 'privileges', 'Redis user', 'the user may not ask what it is allowed to send', [
        'acl setuser USER +acl|whoami +acl|dryrun   # as a Redis administrator',
      ]),
    ];
  const missing = asked.permissions.filter((one) => !one.held);
  if (missing.length === 0)
    return [
      fine(
        'privileges',
        'Redis user',
        `user ${asked.user} may send all ${asked.permissions.length} commands that were tried`,
      ),
    ];
  return missing.map((one) =>
    notFine('act', 'privileges', `Redis: ${one.command}`, `user ${asked.user} may not send it`, [one.rule]),
  );
}
