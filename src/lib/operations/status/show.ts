import { z } from 'zod';
import { messageOf, SpillwayError } from '../../core/errors.ts';
import { diagnosis, type ReadContext } from '../../core/operation.ts';
import type { ServiceState } from '../../drivers/service/driver.ts';
import type { ActivationRecord, ConversationRecord, Switches } from '../../orchestrator/contract.ts';
import type { CatalogueOperation, ReadAccess } from '../access.ts';
import { rateBetween } from '../errors/rate.ts';

const input = z.strictObject({
  windowMs: z
    .number()
    .int()
    .min(200)
    .max(10_000)
    .default(1_000)
    .describe('time between two readings of counters'),
});

/** A part of the screen that could be measured, or why it could not. */
export type Part<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string };

export interface QueueStatus {
  readonly channel: string;
  readonly waiting: number;
  readonly processing: number;
  readonly deliveredPerSecond: number;
  readonly failedPerSecond: number;
  /** Taken out by purges, still in the store; not 0 means that a purge or restore is not over. */
  readonly quarantined: number;
  readonly archived: number;
}

export interface DatabaseStatus {
  readonly errorsPerSecond: number;
  readonly errorWritesPerSecond: number;
  /** Sessions that do not wait for their client: at work or waiting inside the server. */
  readonly activeSessions: number;
  /** Of these, sessions that wait for a lock. */
  readonly waitingForLocks: number;
  readonly connectionsUsed: number;
  readonly connectionsMost: number;
}

/** What is switched off, stopped or paused now, and by whom. */
export interface HeldBack {
  readonly switches: Switches;
  readonly stoppedConversations: readonly ConversationRecord[];
  readonly pausedActivations: readonly ActivationRecord[];
}

export interface StatusData {
  readonly heldBack: Part<HeldBack>;
  readonly queues: Part<readonly QueueStatus[]>;
  readonly database: Part<DatabaseStatus>;
  readonly services: Part<readonly ServiceState[]>;
  readonly expectedDeliveriesPerSecond: number | null;
}

type Context = ReadContext<ReadAccess>;

/** `status.show`: everything at one glance. Each part is measured by itself: a store that is down costs its own lines only. */
export const statusShow: CatalogueOperation<z.output<typeof input>, StatusData> = diagnosis({
  id: 'status.show',
  title: 'Look at the whole target',
  input,
  async measure(context, { windowMs }) {
    const [heldBack, queues, database, services] = await Promise.all([
      part(() => readHeldBack(context)),
      part(() => readQueues(context, windowMs)),
      part(() => readDatabase(context, windowMs)),
      part(() => context.read.services.list(context.signal)),
    ]);
    const data = {
      heldBack,
      queues,
      database,
      services,
      expectedDeliveriesPerSecond: context.read.expected.deliveriesPerSecond,
    };
    return { summary: summaryOf(data), data };
  },
});

async function part<Value>(measure: () => Promise<Value>): Promise<Part<Value>> {
  try {
    return { ok: true, value: await measure() };
  } catch (error) {
    if (!(error instanceof SpillwayError)) throw error;
    return { ok: false, reason: messageOf(error) };
  }
}

async function readHeldBack({ read }: Context): Promise<HeldBack> {
  const switches = await read.orchestrator.switches();
  const stoppedConversations = await read.orchestrator.conversations({ status: 'stopped', limit: 50 });
  const pausedActivations = await read.orchestrator.activations({ statuses: ['paused'], limit: 50 });
  return { switches, stoppedConversations, pausedActivations };
}

async function readQueues({ read, clock, signal }: Context, windowMs: number): Promise<QueueStatus[]> {
  const before = await read.queue.depths();
  await clock.sleep(windowMs, signal);
  const after = await read.queue.depths();
  return after.map((now, index) => {
    const then = before[index] ?? now;
    const seconds = (now.atMs - then.atMs) / 1_000;
    const per = (last: number, first: number) => (seconds > 0 ? Math.max(0, last - first) / seconds : 0);
    const { channel, waiting, processing, quarantined, archived } = now;
    return {
      channel,
      waiting,
      processing,
      quarantined,
      archived,
      deliveredPerSecond: per(now.delivered, then.delivered),
      failedPerSecond: per(now.failed, then.failed),
    };
  });
}

async function readDatabase({ read, clock, signal }: Context, windowMs: number): Promise<DatabaseStatus> {
  const before = await read.orchestrator.errorLogCounters();
  await clock.sleep(windowMs, signal);
  const rate = rateBetween(before, await read.orchestrator.errorLogCounters());
  const { groups } = await read.database.sessions();
  const { used, most } = await read.database.connections();
  const working = groups.filter((group) => group.state === 'active');
  const sum = (chosen: typeof groups) => chosen.reduce((total, group) => total + group.sessions, 0);
  return {
    errorsPerSecond: rate.errorsPerSecond,
    errorWritesPerSecond: rate.writesPerSecond,
    activeSessions: sum(working),
    waitingForLocks: sum(working.filter((group) => group.waitType === 'Lock')),
    connectionsUsed: used,
    connectionsMost: most,
  };
}

function summaryOf({ queues, database }: StatusData): string {
  const parts: string[] = [];
  if (queues.ok) {
    const total = (pick: (queue: QueueStatus) => number) =>
      Math.round(queues.value.reduce((sum, queue) => sum + pick(queue), 0)).toLocaleString('en-US');
    parts.push(
      `${total((queue) => queue.waiting)} messages wait, ${total((queue) => queue.deliveredPerSecond)}/s are delivered`,
    );
  }
  if (database.ok)
    parts.push(`${Math.round(database.value.errorsPerSecond).toLocaleString('en-US')} errors/s are written`);
  return parts.length === 0 ? 'Neither store answers.' : `${parts.join('; ')}.`;
}
