import { messageOf } from '../../core/errors.ts';
import { clientCount, newsletterOf } from '../seed.ts';
import type { RunningService, ServiceContext } from './context.ts';
import { pause } from './patience.ts';
import { PostgresSession } from './postgres-session.ts';
import { openServiceRedis } from './redis-session.ts';
import { Switches, watchStores } from './switches.ts';
import { trafficShares } from './traffic.ts';

/** A small campaign is loaded this often, in milliseconds. */
const loadEveryMs = 2_000;

/**
 * Starts the bulk-load API: in turn, each client loads a small list of valid contacts for its newsletter. The activation is
 * scheduled; it is the director that injects it.
 */
export async function startBulkLoad(context: ServiceContext): Promise<RunningService> {
  const watch = new PostgresSession(context, `${context.name}-watch`);
  const postgres = new PostgresSession(context, context.name);
  const redis = await openServiceRedis(context, context.name);
  const watching = watchStores(context, { postgres: watch, redis }, new Switches());
  const total = Math.round(
    (context.record.messagesPerSecond * (trafficShares['bulk-load-api'] ?? 0) * loadEveryMs) / 1_000,
  );
  return { ended: end() };

  async function end(): Promise<void> {
    await Promise.all([watching, load()]);
    await Promise.all([watch.end(), postgres.end()]);
    redis.disconnect();
  }

  async function load(): Promise<void> {
    for (let turn = Math.floor(Math.random() * clientCount); !context.stop.aborted; turn += 1) {
      try {
        await activate((turn % clientCount) + 1);
        context.health.report('loads');
      } catch (error) {
        context.health.report('loads', messageOf(error));
      }
      await pause(loadEveryMs, context.stop);
    }
  }

  /** Schedules a newsletter; nothing when the client's conversation is stopped. */
  async function activate(clientId: number): Promise<void> {
    if (total === 0) return;
    await postgres.query({
      name: 'load-campaign',
      text: `with activation as (
               insert into orchestrator.activations (conversation_id, status, total_messages, updated_by)
                 select id, 'scheduled', $2, 'bulk-load-api' from orchestrator.conversations
                   where id = $1 and status = 'active'
                 returning id)
             insert into lab.contact_lists (activation_id, seed, validity) select id, $3, 'valid' from activation`,
      values: [newsletterOf(clientId), total, Math.floor(Math.random() * 2 ** 31)],
    });
  }
}
