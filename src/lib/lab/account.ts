import type { Redis } from 'ioredis';
import { createRedis } from './connections.ts';
import { layoutOf } from './layout.ts';
import { type Channel, channelKeys, channels } from './names.ts';
import { readSecret, requireRecord } from './record.ts';

/**
 * Reads all counts of a channel at one instant. KEYS: queue, stats. ARGV: the pattern of the processing lists.
 * The lists in work are few, but their names must be looked for.
 */
const accountScript = `
local inWork = 0
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do inWork = inWork + redis.call('LLEN', key) end
return {redis.call('LLEN', KEYS[1]), inWork, redis.call('HGETALL', KEYS[2])}
`;

/** Where the messages of a channel are. At every instant injected = delivered + failed + waiting + processing + taken out. */
export interface ChannelAccount {
  readonly channel: Channel;
  readonly injected: number;
  readonly delivered: number;
  readonly failed: number;
  readonly waiting: number;
  readonly processing: number;
  /** What is missing from the queues' own books: messages that Spillway holds in quarantine or has archived. */
  readonly takenOut: number;
  /** Failures that were not written to the error log. */
  readonly errorWritesDropped: number;
  /** Delivered messages by client; client 0 is the canaries. */
  readonly deliveredByClient: ReadonlyMap<number, number>;
}

export interface LabAccount {
  readonly channels: readonly ChannelAccount[];
  readonly total: Omit<ChannelAccount, 'channel'>;
}

/**
 * The books of all queues, each channel at one instant.
 * @throws SpillwayError `refused` where there is no lab; what ioredis throws when Redis does not answer
 */
export async function labAccount(options: {
  readonly labFolder: string;
  readonly uid: number;
}): Promise<LabAccount> {
  const record = requireRecord(layoutOf(options.labFolder, options.uid).record);
  const redis = await createRedis({
    port: record.redis.port,
    password: readSecret(record.layout, 'redis'),
    connectionName: 'lab-account',
  });
  let failure: Error | undefined;
  redis.on('error', (error: Error) => {
    failure = error;
  });
  try {
    return await readAccount(redis);
  } catch (error) {
    throw failure ?? error;
  } finally {
    redis.disconnect();
  }
}

async function readAccount(redis: Redis): Promise<LabAccount> {
  const accounts = await Promise.all(
    channels.map(async (channel) => {
      const keys = channelKeys(channel);
      const pattern = `${keys.processingPrefix.replaceAll(/[[\]?*\\]/g, '\\$&')}*`;
      const reply = await redis.eval(accountScript, 2, keys.queue, keys.stats, pattern);
      const [waiting, processing, stats] = reply as [number, number, string[]];
      return channelAccount(channel, waiting, processing, stats);
    }),
  );
  return { channels: accounts, total: sum(accounts) };
}

function channelAccount(
  channel: Channel,
  waiting: number,
  processing: number,
  stats: readonly string[],
): ChannelAccount {
  const fields = new Map<string, number>();
  for (let index = 0; index < stats.length; index += 2)
    fields.set(stats[index] ?? '', Number(stats[index + 1] ?? 0));
  const count = (field: string): number => fields.get(field) ?? 0;
  const deliveredByClient = new Map<number, number>();
  for (const [field, value] of fields)
    if (field.startsWith('delivered:'))
      deliveredByClient.set(Number(field.slice('delivered:'.length)), value);
  return {
    channel,
    injected: count('injected'),
    delivered: count('processed') - count('failed'),
    failed: count('failed'),
    waiting,
    processing,
    takenOut: count('injected') - count('processed') - waiting - processing,
    errorWritesDropped: count('error_log_dropped'),
    deliveredByClient,
  };
}

function sum(accounts: readonly ChannelAccount[]): LabAccount['total'] {
  const add = (pick: (account: ChannelAccount) => number): number =>
    accounts.reduce((total, account) => total + pick(account), 0);
  const deliveredByClient = new Map<number, number>();
  for (const account of accounts)
    for (const [client, count] of account.deliveredByClient)
      deliveredByClient.set(client, (deliveredByClient.get(client) ?? 0) + count);
  return {
    injected: add((account) => account.injected),
    delivered: add((account) => account.delivered),
    failed: add((account) => account.failed),
    waiting: add((account) => account.waiting),
    processing: add((account) => account.processing),
    takenOut: add((account) => account.takenOut),
    errorWritesDropped: add((account) => account.errorWritesDropped),
    deliveredByClient,
  };
}
