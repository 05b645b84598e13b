import type { Redis } from 'ioredis';
import { createRedis } from '../connections.ts';
import { readSecret } from '../record.ts';
import type { ServiceContext } from './context.ts';

/** A Redis client of a service. Its errors go to the log once each, not once a retry. */
export async function openServiceRedis(context: ServiceContext, connectionName: string): Promise<Redis> {
  const redis = await createRedis({
    port: context.record.redis.port,
    password: readSecret(context.record.layout, 'redis'),
    connectionName,
  });
  let last = '';
  redis.on('error', (error: Error) => {
    if (error.message !== last) context.log(`${connectionName}: Redis: ${error.message}`);
    last = error.message;
  });
  redis.on('ready', () => {
    last = '';
  });
  return redis;
}

/**
 * Ends every other connection of this name. What a killed process, or a broken connection, still had on its way to the
 * server cannot be executed after this; only then is it safe to look at what it left.
 */
export async function claimConnectionName(redis: Redis, name: string): Promise<void> {
  const own = await redis.client('ID');
  const list = String(await redis.client('LIST'));
  for (const line of list.split('\n')) {
    const fields = new Map(line.split(' ').map((field) => field.split('=', 2) as [string, string]));
    const id = fields.get('id');
    if (fields.get('name') === name && id !== undefined && id !== String(own))
      await redis.client('KILL', 'ID', id);
  }
}
