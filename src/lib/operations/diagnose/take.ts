import type { ReadContext } from '../../core/operation.ts';
import type { ReadAccess } from '../access.ts';
import { rateBetween } from '../errors/rate.ts';
import { errorsTop } from '../errors/top.ts';
import { largestOwner } from '../queue/sample-estimate.ts';
import { measureRedis } from '../redis/health.ts';
import { sampleSize } from '../volume/forecast.ts';
import { volumeShow } from '../volume/show.ts';
import type { Measurements } from './measurements.ts';
import { type Seen, seenWithin, type Unseen } from './seen.ts';
import { statementCost } from './statement-cost.ts';
import { watchSessions } from './watch-sessions.ts';

type Context = ReadContext<ReadAccess>;

export interface TakeOptions {
  readonly windowSeconds: number;
  /** When the last measurement is given up. */
  readonly limitSeconds: number;
  readonly incidentOpen: boolean | null;
}

/** Takes one measurement, with what is left of the time. */
export type Take = <Value>(work: (context: Context) => Promise<Value>) => Promise<Seen<Value>>;

/** How often a Postgres whose connections are all taken is asked again: they come and go. */
const attempts = 3;
const attemptGapMs = 400;
const mostRows = 50;

/**
 * Measures Postgres, Redis and the services side by side: one connection to each store, each sample a short transaction. Nothing here waits longer than the limit; what is not there by then is missing,
 * and a store that cannot be reached is not asked again.
 */
export async function takeMeasurements(context: Context, options: TakeOptions): Promise<Measurements> {
  const endsMs = context.clock.monotonicMs() + options.limitSeconds * 1_000;
  const take: Take = (work) =>
    seenWithin(Math.max(1, endsMs - context.clock.monotonicMs()), context.signal, (signal) =>
      work({ ...context, signal, progress: () => undefined }),
    );
  context.progress('Postgres, Redis and the services');
  const [postgres, redis, services] = await Promise.all([
    takePostgres(context, take, options.windowSeconds),
    takeRedis(take, options.windowSeconds),
    take(({ read, signal }) => read.services.list(signal)),
  ]);
  context.progress('whose they are');
  const labels = await takeLabels(take, postgres, redis.queueSample);
  return {
    measuredAt: context.clock.now().toISOString(),
    windowSeconds: options.windowSeconds,
    expectedDeliveriesPerSecond: context.read.expected.deliveriesPerSecond,
    incidentOpen: options.incidentOpen,
    ...postgres,
    ...redis,
    services,
    ...labels,
  };
}

async function takePostgres(context: Context, take: Take, windowSeconds: number) {
  const connections = await firstAnswer(context, take);
  if (!connections.ok && isOut(connections)) {
    const no = connections;
    const windowed = { sessions: no, blocking: no, locks: no, errorRate: no, errorCost: no, errorsTop: no };
    const states = { switches: no, stopped: no, paused: no, replication: no, kept: no, archiver: no };
    return { connections, ...windowed, ...states };
  }
  const switches = await take(({ read }) => read.orchestrator.switches());
  const before = await take(({ read }) => read.orchestrator.errorLogCounters());
  const statements = await take(({ read }) => read.database.statementCounters());
  const wal = await take(({ read }) => read.database.walPosition());
  const [watched, top] = await Promise.all([
    watchSessions(context, take, windowSeconds),
    take((inner) => errorsTop.plan(inner, errorsTop.input.parse({ windowSeconds, limit: 20 }))),
  ]);
  const errorRate = before.ok
    ? await take(async ({ read }) => rateBetween(before.value, await read.orchestrator.errorLogCounters()))
    : before;
  const errorCost = statements.ok
    ? await take(({ read }) => statementCost(read, statements.value))
    : statements;
  return {
    connections,
    ...watched,
    errorRate,
    errorCost,
    errorsTop: top.ok ? { ok: true as const, value: top.value.data } : top,
    switches,
    stopped: await take(({ read }) =>
      read.orchestrator.conversations({ status: 'stopped', limit: mostRows }),
    ),
    paused: await take(({ read }) =>
      read.orchestrator.activations({ statuses: ['paused'], limit: mostRows }),
    ),
    replication: await take(({ read }) => read.database.replication()),
    kept: await take(async ({ read }) => {
      const slots = await read.database.slots();
      return { slots, walBytesPerSecond: wal.ok ? await growth(read, wal.value) : null };
    }),
    archiver: await take(({ read }) => read.database.archiver()),
  };
}

/** The first question also tells whether there is anybody to ask. */
async function firstAnswer(context: Context, take: Take): Promise<Measurements['connections']> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await take(({ read }) => read.database.connections());
    if (answer.ok || answer.state !== '53300' || attempt === attempts) return answer;
    await context.clock.sleep(attemptGapMs, context.signal);
  }
}

/** Whether asking more would only wait more: no connection, no login, no time. */
function isOut({ state, reason }: Unseen): boolean {
  if (state === null) return /this target has no/.test(reason);
  return state === 'silent' || state === 'refused' || /^(08|28|3D|53|57P)/.test(state);
}

async function growth(
  read: ReadAccess,
  before: { readonly atEpochSeconds: number; readonly counters: number },
): Promise<number | null> {
  const after = await read.database.walPosition();
  const seconds = after.atEpochSeconds - before.atEpochSeconds;
  return seconds <= 0 ? null : Math.max(0, after.counters - before.counters) / seconds;
}

async function takeRedis(take: Take, windowSeconds: number) {
  const [redis, volume, queueSample] = await Promise.all([
    take((inner) => measureRedis(inner, { windowSeconds, pings: 8, entries: 8 })),
    take((inner) => volumeShow.plan(inner, volumeShow.input.parse({ windowMs: windowSeconds * 1_000 }))),
    take(({ read, signal }) => read.queue.sample({ ...sampleSize, signal })),
  ]);
  return {
    redis,
    volume: volume.ok ? { ok: true as const, value: volume.value.data } : volume,
    queueSample,
  };
}

/** Activations of the conversations in question, and the names of clients in the queues. */
async function takeLabels(
  take: Take,
  postgres: Pick<Measurements, 'errorsTop' | 'connections'>,
  sample: Measurements['queueSample'],
): Promise<Pick<Measurements, 'activations' | 'names'>> {
  const out = postgres.connections;
  if (!out.ok && isOut(out)) return { activations: out, names: out };
  const [owner, client] = sample.ok
    ? [largestOwner(sample.value, 'byConversation'), largestOwner(sample.value, 'byClient')]
    : [null, null];
  const conversationIds = [
    ...(postgres.errorsTop.ok ? postgres.errorsTop.value.conversations.map((one) => one.conversationId) : []),
    ...(owner === null ? [] : [owner.id]),
  ];
  const clientIds = client === null ? [] : [client.id];
  return {
    activations: await take(async ({ read }) =>
      conversationIds.length === 0
        ? []
        : read.orchestrator.activations({ conversationIds, limit: 4 * mostRows }),
    ),
    names: await take(({ read }) => read.orchestrator.names({ conversationIds, clientIds })),
  };
}
