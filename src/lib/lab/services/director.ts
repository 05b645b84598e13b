import { messageOf } from '../../core/errors.ts';
import { readSecret } from '../record.ts';
import { type Campaign, complete, confirmedOf, readEligible, recordProgress, takeUp } from './campaigns.ts';
import type { RunningService, ServiceContext } from './context.ts';
import { Injector } from './injector.ts';
import { backoffMs, pause } from './patience.ts';
import { PostgresSession } from './postgres-session.ts';
import { claimConnectionName, openServiceRedis } from './redis-session.ts';
import { Switches, watchStores } from './switches.ts';
import { TransactionPipe } from './transaction-pipe.ts';

/** How old the last look at activations and conversations may be while injecting, in milliseconds. */
const lookEveryMs = 200;
const pipeName = 'director-injection';

/**
 * Starts the director: it injects the messages of activations that have a contact list. It obeys the injection switch, paused
 * activations and stopped conversations, and goes on where it stopped: the total is exact.
 */
export async function startDirector(context: ServiceContext): Promise<RunningService> {
  const switches = new Switches();
  const watch = new PostgresSession(context, 'director-watch');
  const postgres = new PostgresSession(context, 'director');
  const redis = await openServiceRedis(context, 'director');
  const watching = watchStores(context, { postgres: watch, redis }, switches);
  const access = { port: context.record.redis.port, password: readSecret(context.record.layout, 'redis') };
  const campaigns = new Map<number, Campaign>();
  let failures = 0;
  return { ended: end() };

  async function end(): Promise<void> {
    await Promise.all([watching, direct()]);
    await Promise.all([watch.end(), postgres.end()]);
    redis.disconnect();
  }

  async function direct(): Promise<void> {
    while (!context.stop.aborted) {
      try {
        // what is counted here may be wrong after an error; Redis knows
        campaigns.clear();
        await claimConnectionName(redis, pipeName);
        const pipe = await TransactionPipe.open({ ...access, connectionName: pipeName });
        try {
          await inject(new Injector(pipe));
        } finally {
          pipe.close();
        }
      } catch (error) {
        context.health.report('injection', messageOf(error));
        await pause(backoffMs(failures++), context.stop);
      }
    }
  }

  async function inject(injector: Injector): Promise<void> {
    while (!context.stop.aborted) {
      await look(injector);
      context.health.report('injection');
      failures = 0;
      const lookAgainAt = performance.now() + lookEveryMs;
      let injecting = open();
      while (injecting.length > 0 && switches.injection && performance.now() < lookAgainAt) {
        await injector.round(injecting);
        injecting = open();
      }
      if (injecting.length === 0 || !switches.injection) await pause(50, context.stop);
    }
    await injector.settled();
    await recordProgress(postgres, [...campaigns.values()]);
  }

  function open(): Campaign[] {
    return [...campaigns.values()].filter(
      ({ eligible, parts }) => eligible && parts.some((part) => part.sent < part.total),
    );
  }

  /** Looks at the database: which campaigns are new, held or done; and writes how far each has come. */
  async function look(injector: Injector): Promise<void> {
    const rows = await readEligible(postgres);
    const eligible = new Set(rows.map(({ id }) => id));
    // the rows are older than what is written below: a campaign that is closed there still stands in them
    const known = new Set(campaigns.keys());
    for (const campaign of campaigns.values()) campaign.eligible = eligible.has(campaign.activationId);
    await injector.settled();
    await recordProgress(postgres, [...campaigns.values()]);
    for (const campaign of campaigns.values()) {
      const done = confirmedOf(campaign) === campaign.total;
      if (done && campaign.eligible) await complete(postgres, redis, campaign);
      if (done || !campaign.eligible) campaigns.delete(campaign.activationId);
    }
    if (!switches.injection) return;
    for (const row of rows) {
      if (known.has(row.id)) continue;
      const campaign = await takeUp(postgres, redis, row);
      if (campaign) campaigns.set(row.id, campaign);
    }
  }
}
