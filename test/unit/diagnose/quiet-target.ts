import type { QueueSample } from '../../../src/lib/drivers/queue/driver.ts';
import type { Measurements } from '../../../src/lib/operations/diagnose/measurements.ts';
import type { Unseen } from '../../../src/lib/operations/diagnose/seen.ts';
import type { ErrorsTopData } from '../../../src/lib/operations/errors/top-data.ts';
import type { RedisHealthData } from '../../../src/lib/operations/redis/readings.ts';
import type { VolumeShowData } from '../../../src/lib/operations/volume/show.ts';

type ValueOf<Part> = Extract<Part, { readonly ok: true; readonly value: unknown }>['value'];
type Totals = VolumeShowData['totals'];

/** The moment of every measurement here. */
export const measuredAt = '2026-11-22T09:00:00.000Z';

export function ok<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

export function missing(reason: string, state: string | null = null): Unseen {
  return { ok: false, reason, state, suggestion: 'pg_isready' };
}

/** The totals and the one channel of a queue that moves as told. */
export function volume(change: Partial<Totals>): VolumeShowData {
  const totals: Totals = {
    ...{ waiting: 0, inWork: 0, inPerSecond: 400, outPerSecond: 400, deliveredPerSecond: 400 },
    ...{ failedPerSecond: 0, oldestAgeSeconds: null, secondsToDrain: 0 },
    ...{ expectedDeliveriesPerSecond: 400, share: 1 },
    ...change,
  };
  return { windowMs: 2_000, channels: [{ channel: 'email', ...totals }], totals, forecast: null };
}

/** One channel of which `pages` pages were looked at, each with the same owners. */
export function sample(waiting: number, owners: Readonly<Record<number, number>>, pages = 20): QueueSample {
  const tally = Object.entries(owners).map(([id, messages]) => ({ id: Number(id), messages }));
  const messages = tally.reduce((sum, one) => sum + one.messages, 0);
  return {
    channel: 'email',
    waiting,
    pages: Array.from({ length: pages }, (_, place) => ({
      place,
      messages,
      byConversation: tally,
      byClient: tally,
    })),
  };
}

/** A Redis at peace. */
export function quietRedis(change: Partial<RedisHealthData> = {}): RedisHealthData {
  return {
    finding: '',
    windowSeconds: 2,
    server: ok({
      atMs: Date.parse(measuredAt),
      version: '7.0.15',
      uptimeSeconds: 1_000,
      loading: null,
      memory: {
        ...{ usedBytes: 50e6, rssBytes: 60e6, peakBytes: 55e6, limitBytes: 100e6, machineBytes: 8e9 },
        ...{ policy: 'noeviction', fragmentation: 1.2 },
      },
      clients: { connected: 20, blocked: 10, most: 10_000 },
      persistence: {
        ...{ saving: false, lastSaveOk: true, changesSinceSave: 5, lastSaveAt: measuredAt },
        ...{ appendOnly: false, lastAppendOk: true, rewriting: false },
      },
      replication: { role: 'master', replicas: [], linkUp: null, linkDownSeconds: null },
    }),
    traffic: ok({
      ...{ windowSeconds: 2, commandsPerSecond: 2_000, refusedWritesPerSecond: 0 },
      ...{ evictedKeysPerSecond: 0, rejectedConnectionsPerSecond: 0, commands: [] },
    }),
    roundTrips: ok({ samples: 8, medianMs: 0.4, worstMs: 1.2 }),
    blocked: ok([]),
    slow: ok({ commands: [], recent: 0 }),
    latency: ok([]),
    keys: ok([]),
    ...change,
  };
}

const table = (name: string) => ({
  table: `orchestrator.${name}`,
  insertsPerSecond: 0,
  updatesPerSecond: 0,
});

/** The errors of a storm by two conversations, 90 % and 10 %. */
export function stormTop(): ErrorsTopData {
  const one = (conversationId: number, share: number) => ({
    ...{ conversationId, name: `Reminders ${conversationId}`, clientId: conversationId, client: 'Bank' },
    ...{ share, low: share - 0.02, high: share + 0.02, ratePerSecond: 1_800 * share },
  });
  return {
    ...{ by: 'conversation', method: 'key-desc', rowsRead: 4_000, pagesRead: 90, buffersCounted: true },
    window: {
      ...{ from: measuredAt, to: measuredAt, seconds: 2, rowsCounted: 3_600, pagesCounted: 80 },
      insertsPerSecond: 1_800,
    },
    conversations: [one(15, 0.9), one(25, 0.095), one(99, 0.005)],
    ...{ groups: [], unattributed: 0, codes: [], resolvedPlaces: 1, unseenBound: 0.01 },
    freshness: { ratio: 1, ok: true } as ErrorsTopData['freshness'],
    ...{ sinceOnset: null, confirmation: null, tailUnavailable: null },
  };
}

function quietTop(): ErrorsTopData {
  const top = stormTop();
  return { ...top, window: { ...top.window, insertsPerSecond: 0 }, conversations: [] };
}

/** A target at which everything is as it should be, with what a test changes. */
export function quietTarget(change: Partial<Measurements> = {}): Measurements {
  return {
    measuredAt,
    windowSeconds: 2,
    expectedDeliveriesPerSecond: 400,
    incidentOpen: false,
    connections: ok({ used: 30, most: 200, reserved: 3 }),
    sessions: ok({ samples: 4, groups: [], hidden: 0 }),
    blocking: ok({ roots: [], waiting: 0 }),
    locks: ok([]),
    errorRate: ok({
      ...{ windowSeconds: 2, writesPerSecond: 0, errorsPerSecond: 0 },
      errorLog: table('error_log'),
      errorTotals: table('error_totals'),
    } as ValueOf<Measurements['errorRate']>),
    errorCost: ok({ share: 0, msPerError: null }),
    errorsTop: ok(quietTop()),
    switches: ok({
      injection: { state: 'on', updatedAt: null, updatedBy: null },
      errorLog: {
        ...{ mode: 'full', effectiveMode: 'full', sampleEvery: null, expiresAt: null },
        ...{ updatedAt: null, updatedBy: null },
      },
    }),
    stopped: ok([]),
    paused: ok([]),
    activations: ok([]),
    names: ok({ clients: new Map(), conversations: new Map() }),
    replication: ok({ replicas: [], standby: null }),
    kept: ok({ slots: [], walBytesPerSecond: 0 }),
    archiver: ok({ on: false, failed: 0, secondsSinceFailure: null, secondsSinceArchived: null }),
    redis: ok(quietRedis()),
    volume: ok(volume({})),
    queueSample: ok([]),
    services: ok([service('email-dispatcher', true), service('director', true)]),
    ...change,
  };
}

export function service(name: string, healthy: boolean): ValueOf<Measurements['services']>[number] {
  return {
    ...{ name, order: 1, healthy, detail: healthy ? '200 in 4 ms' : 'connection refused' },
    ...{ checkedAt: measuredAt, healthyWithinMs: 30_000, restartCommand: [] },
  };
}
