import type { Channel } from '../names.ts';
import type { RunningService, ServiceContext } from './context.ts';
import { PostgresSession } from './postgres-session.ts';
import { openServiceRedis } from './redis-session.ts';
import { Switches, watchStores } from './switches.ts';
import { runWorker } from './worker.ts';

/** Starts a dispatcher: the workers of one channel. */
export async function startDispatcher(context: ServiceContext, channel: Channel): Promise<RunningService> {
  const switches = new Switches();
  const postgres = new PostgresSession(context, `${context.name}-watch`);
  const redis = await openServiceRedis(context, `${context.name}-watch`);
  const watching = watchStores(context, { postgres, redis }, switches);
  const workers = Array.from({ length: context.record.workersPerDispatcher }, (_, index) =>
    runWorker(context, channel, index + 1, switches),
  );
  return { ended: end() };

  async function end(): Promise<void> {
    await Promise.all([watching, ...workers]);
    await postgres.end();
    redis.disconnect();
  }
}
