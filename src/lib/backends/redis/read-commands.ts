/**
 * What a reading connection may send, by name: commands (and subcommands) that change no key, no configuration and no other client.
 * Not Redis' own `@read` and `@connection` categories: those let PFCOUNT write and CLIENT KILL and PAUSE through.
 */
const readCommands: ReadonlySet<string> = new Set([
  'acl dryrun',
  'acl whoami',
  'client id',
  'client list',
  'config get',
  'dbsize',
  'exists',
  'get',
  'hget',
  'hgetall',
  'hlen',
  'hmget',
  'info',
  'latency latest',
  'lindex',
  'llen',
  'lrange',
  'memory stats',
  'memory usage',
  'mget',
  'object encoding',
  'ping',
  'pttl',
  'role',
  'scan',
  'scard',
  'slowlog get',
  'slowlog len',
  'smembers',
  'strlen',
  'time',
  'ttl',
  'type',
  'xlen',
  'xrange',
  'zcard',
  'zrange',
  'zscore',
]);

/** Whether a reading connection may send this; two-word commands are judged by both words. */
export function mayRead(command: string, firstArgument: unknown): boolean {
  const name = command.toLowerCase();
  return readCommands.has(name) || readCommands.has(`${name} ${String(firstArgument).toLowerCase()}`);
}
