import { jsonAnswer, type RunningService, type ServiceContext, type ServiceRequest } from './context.ts';
import { PostgresSession } from './postgres-session.ts';
import { openServiceRedis } from './redis-session.ts';
import { Switches, watchStores } from './switches.ts';

const route = '/v1/do-not-contact/';

/** Starts the do-not-contact list API: `GET /v1/do-not-contact/<address>` says whether an address must not be written to. */
export async function startDoNotContact(context: ServiceContext): Promise<RunningService> {
  const watch = new PostgresSession(context, `${context.name}-watch`);
  const postgres = new PostgresSession(context, context.name);
  const redis = await openServiceRedis(context, context.name);
  const watching = watchStores(context, { postgres: watch, redis }, new Switches());
  return { ended: end(), answer };

  async function end(): Promise<void> {
    await watching;
    await Promise.all([watch.end(), postgres.end()]);
    redis.disconnect();
  }

  async function answer(request: ServiceRequest) {
    if (request.method !== 'GET' || !request.path.startsWith(route)) return undefined;
    const address = URL.parse(request.path, 'http://localhost')?.pathname.slice(route.length) ?? '';
    const found = await postgres.query<{ since: Date }>({
      name: 'do-not-contact',
      text: 'select since from lab.do_not_contact where address = $1',
      values: [decodeURIComponent(address).replaceAll('\0', '')],
    });
    return jsonAnswer(200, { listed: found.rowCount === 1, since: found.rows[0]?.since ?? null });
  }
}
