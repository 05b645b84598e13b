import type { Redis, Result } from 'ioredis';
import { messageOf } from '../../core/errors.ts';
import { addressFault, type ErrorCode, errorDetail } from '../addresses.ts';
import { parseMessage, type QueuedMessage } from '../message.ts';
import { type Channel, channelKeys } from '../names.ts';
import type { ServiceContext } from './context.ts';
import { writeError } from './error-writer.ts';
import { checkStates, markCanary, recordDeferral } from './message-checks.ts';
import { backoffMs, pause } from './patience.ts';
import { isDataError, PostgresSession } from './postgres-session.ts';
import { giveBackScript, settleScript } from './queue-scripts.ts';
import { claimConnectionName, openServiceRedis } from './redis-session.ts';
import type { Switches } from './switches.ts';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    labSettle(
      processing: string,
      stats: string,
      queue: string,
      raw: string,
      outcome: Outcome['kind'],
      clientId: number,
      dropped: number,
      takeNext: number,
      fewWaiting: number,
    ): Result<string | null, Context>;
    labGiveBack(processing: string, queue: string): Result<number, Context>;
  }
}

type Outcome =
  | { readonly kind: 'delivered'; readonly clientId: number }
  | { readonly kind: 'failed'; readonly dropped: number }
  | { readonly kind: 'deferred' };

/** How long a worker leaves a queue alone that holds next to nothing but messages set aside, in milliseconds. */
const restMs = 100;
/** How long a worker waits for a message before it looks whether it is to stop, in seconds. */
const blockSeconds = 0.5;

/**
 * One worker of a dispatcher: takes a message into its own processing list, delivers it or writes the error, settles it. It
 * ends when the process is told to stop and the message in work is settled, or given back because a store is down.
 */
export async function runWorker(
  context: ServiceContext,
  channel: Channel,
  number: number,
  switches: Switches,
): Promise<void> {
  const workerName = `${context.name}-${number}`;
  const session = new PostgresSession(context, workerName);
  const redis = await openServiceRedis(context, workerName);
  redis.defineCommand('labSettle', { numberOfKeys: 3, lua: settleScript });
  redis.defineCommand('labGiveBack', { numberOfKeys: 2, lua: giveBackScript });
  const keys = channelKeys(channel);
  const processing = `${keys.processingPrefix}${workerName}`;
  for (let failures = 0; !context.stop.aborted; ) {
    try {
      await recover(context, redis, workerName, processing, keys.queue);
      failures = 0;
      await work();
    } catch (error) {
      context.health.report(workerName, messageOf(error));
      await pause(backoffMs(failures++), context.stop);
    }
  }
  await session.end();
  redis.disconnect();

  async function work(): Promise<void> {
    let raw: string | null = null;
    while (!context.stop.aborted) {
      context.health.report(workerName);
      raw ??= await redis.blmove(keys.queue, processing, 'RIGHT', 'LEFT', blockSeconds);
      if (raw === null) continue;
      const outcome = await processUntilDone(raw);
      if (outcome === undefined) break;
      raw = await settle(raw, outcome);
      // without this, the last few held messages would be taken and put back as fast as the machine can
      if (raw === null && outcome.kind === 'deferred') await pause(restMs, context.stop);
    }
    await redis.labGiveBack(processing, keys.queue);
  }

  function settle(raw: string, outcome: Outcome): Promise<string | null> {
    const clientId = outcome.kind === 'delivered' ? outcome.clientId : 0;
    const dropped = outcome.kind === 'failed' ? outcome.dropped : 0;
    const takeNext = context.stop.aborted ? 0 : 1;
    return redis.labSettle(
      processing,
      keys.stats,
      keys.queue,
      raw,
      outcome.kind,
      clientId,
      dropped,
      takeNext,
      context.record.workersPerDispatcher,
    );
  }

  /** Tries until the database has taken it; undefined when the process is to stop first. */
  async function processUntilDone(raw: string): Promise<Outcome | undefined> {
    const message = parseMessage(raw);
    for (let attempt = 0; ; attempt += 1) {
      try {
        const outcome = await processMessage(message);
        context.health.report(workerName);
        return outcome;
      } catch (error) {
        // what the database will never accept must not hold up the channel
        if (isDataError(error)) return { kind: 'failed', dropped: 1 };
        context.health.report(workerName, messageOf(error));
        await pause(backoffMs(attempt), context.stop);
        if (context.stop.aborted) return undefined;
      }
    }
  }

  async function processMessage(message: QueuedMessage | undefined): Promise<Outcome> {
    if (!message) return fail('UNREADABLE');
    if (message.canary) {
      await markCanary(session, message);
      return { kind: 'delivered', clientId: 0 };
    }
    const admission = await checkStates(session, message);
    if (admission === 'unknown') return fail('UNKNOWN_CONVERSATION', message);
    if (admission === 'defer' && (await recordDeferral(session, message))) return { kind: 'deferred' };
    const fault = addressFault(channel, message.to);
    return fault ? fail(fault, message) : { kind: 'delivered', clientId: message.clientId };
  }

  async function fail(code: ErrorCode, message?: QueuedMessage): Promise<Outcome> {
    if (!switches.writesError(Date.now())) return { kind: 'failed', dropped: 1 };
    await writeError(session, {
      conversationId: message?.conversationId ?? null,
      activationId: message?.activationId ?? null,
      messageId: message?.id ?? null,
      channel,
      code,
      detail: errorDetail(code, channel, message?.to ?? ''),
    });
    return { kind: 'failed', dropped: 0 };
  }
}

async function recover(
  context: ServiceContext,
  redis: Redis,
  workerName: string,
  processing: string,
  queue: string,
): Promise<void> {
  await claimConnectionName(redis, workerName);
  const given = await redis.labGiveBack(processing, queue);
  if (given > 0) context.log(`${workerName}: gave ${given} unfinished message back to ${queue}`);
}
