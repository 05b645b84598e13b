import { describe, expect, test } from 'vitest';
import { rankFindings } from '../../../src/lib/operations/diagnose/finding.ts';
import { judge } from '../../../src/lib/operations/diagnose/judge.ts';
import type { Measurements } from '../../../src/lib/operations/diagnose/measurements.ts';
import { renderDiagnosis } from '../../../src/lib/views/diagnose.ts';
import { plainStyle } from '../../../src/lib/views/style.ts';
import {
  measuredAt,
  missing,
  ok,
  quietRedis,
  quietTarget,
  sample,
  service,
  stormTop,
  volume,
} from './quiet-target.ts';

function first(change: Partial<Measurements>) {
  const [found] = judge(quietTarget(change)).findings;
  if (found === undefined) throw new Error('no finding at all');
  return found;
}

const kinds = (change: Partial<Measurements>) => judge(quietTarget(change)).findings.map(({ kind }) => kind);

const storm: Partial<Measurements> = {
  errorsTop: ok(stormTop()),
  errorCost: ok({ share: 0.93, msPerError: 7.2 }),
  volume: ok(
    volume({
      waiting: 200_000,
      outPerSecond: 1_804,
      deliveredPerSecond: 4,
      failedPerSecond: 1_800,
      share: 0.01,
    }),
  ),
  activations: ok(
    [15, 25].map((conversationId) => ({
      ...{
        id: 10 * conversationId,
        conversationId,
        conversation: '',
        clientId: 1,
        client: '',
        status: 'completed' as const,
      },
      ...{ totalMessages: 100_000, injectedMessages: 100_000, activatedAt: '2026-11-22T08:55:00.000Z' },
      ...{ updatedAt: null, updatedBy: null },
    })),
  ),
};

const head = {
  blocks: 12,
  waiting: [],
  session: {
    ...{ pid: 77, blockedBy: [], user: 'app', application: 'migration', state: 'idle in transaction' },
    ...{ waitType: null, waitEvent: null, waitsFor: null, transactionSeconds: 35, statementSeconds: 34 },
    statement: 'lock table orchestrator.conversations',
  },
};

describe('nothing wrong', () => {
  test('is said with the numbers that clear every cause', () => {
    const found = first({});
    expect(found).toMatchObject({ kind: 'nothing-wrong', sure: 'certain' });
    expect(found.evidence).toHaveLength(9);
  });

  test('is less sure the less could be seen, and says what and why', () => {
    const { findings, blind } = judge(
      quietTarget({ blocking: missing('permission denied'), locks: missing('permission denied') }),
    );
    expect(findings[0]).toMatchObject({ kind: 'nothing-wrong', sure: 'likely' });
    expect(blind).toContainEqual({ part: 'who blocks whom, locks', reason: 'permission denied' });
  });

  test('a store that the target does not have is no blind spot', () => {
    const none = missing('this target has no `redis`, which this needs.');
    const { blind } = judge(
      quietTarget({ redis: none, volume: none, queueSample: none, errorsTop: ok(stormTop()) }),
    );
    expect(blind).toEqual([]);
  });
});

describe('an error-log storm', () => {
  test('comes with its culprits, when they were activated, and what it rules out', () => {
    const found = first(storm);
    expect(found).toMatchObject({ kind: 'error-log-storm', sure: 'certain', consequenceOf: null });
    expect(found.culprits.map(({ conversationId, activationId }) => [conversationId, activationId])).toEqual([
      [15, 150],
      [25, 250],
    ]);
    expect(found.evidence.join('\n')).toContain('2 of the 2 were activated within 0.0 s of each other');
    expect(found.rulesOut.join('\n')).toContain('no lock pile-up');
    expect(found.next[1]).toBe('spillway conversations stop 15 25');
  });

  test('writers of one totals row that wait for each other are the storm, not a pile-up', () => {
    const busy = { ...head, session: { ...head.session, state: 'active', transactionSeconds: 2 } };
    expect(kinds({ ...storm, blocking: ok({ roots: [busy], waiting: 12 }) })).not.toContain('lock-pile-up');
  });

  test('a few bad addresses are none', () => {
    const top = stormTop();
    const quiet = { ...top, window: { ...top.window, insertsPerSecond: 4 } };
    expect(kinds({ errorsTop: ok(quiet) })).toEqual(['nothing-wrong']);
  });

  test('is guessed from the queues when Postgres does not answer', () => {
    const out = missing('no answer', 'silent');
    const found = judge(quietTarget({ ...storm, connections: out, errorRate: out, errorsTop: out }));
    expect(found.findings.map(({ kind, sure }) => [kind, sure])).toEqual([
      ['postgres-unreachable', 'certain'],
      ['error-log-storm', 'possible'],
    ]);
  });
});

describe('the other causes', () => {
  test.each<[string, Partial<Measurements>]>([
    ['lock-pile-up', { blocking: ok({ roots: [head], waiting: 12 }) }],
    ['connection-exhaustion', { connections: ok({ used: 196, most: 200, reserved: 3 }) }],
    ['connection-exhaustion', { connections: missing('all its connections are taken', '53300') }],
    ['postgres-unreachable', { connections: missing('connect ECONNREFUSED', 'silent') }],
    ['consumers-stopped', { volume: ok(volume({ waiting: 5_000, outPerSecond: 0, deliveredPerSecond: 0 })) }],
    [
      'client-flood',
      { queueSample: ok([sample(90_000, { 7: 95, 8: 5 })]), volume: ok(volume({ waiting: 90_000 })) },
    ],
    ['unhealthy-service', { services: ok([service('director', false)]) }],
    ['redis-blocked', { redis: ok(quietRedis({ server: missing('it is busy running a script', 'BUSY') })) }],
    ['redis-unreachable', { redis: ok(quietRedis({ server: missing('connection refused', 'refused') })) }],
    [
      'replication-pressure',
      {
        kept: ok({
          slots: [{ name: 'gone', kind: 'physical', active: false, keptBytes: 400e6, status: 'reserved' }],
          walBytesPerSecond: 12e6,
        }),
      },
    ],
    [
      'replication-pressure',
      {
        sessions: ok({
          ...{ samples: 4, hidden: 0 },
          groups: [{ state: 'active', waitType: 'IPC', waitEvent: 'SyncRep', sessions: 9, onErrorLog: 0 }],
        }),
      },
    ],
    [
      'disk-pressure',
      {
        sessions: ok({
          ...{ samples: 4, hidden: 0 },
          groups: [
            { state: 'active', waitType: 'IO', waitEvent: 'DataFileRead', sessions: 9, onErrorLog: 0 },
          ],
        }),
      },
    ],
    [
      'left-behind',
      {
        switches: ok({
          injection: { state: 'off', updatedAt: '2026-11-22T06:00:00.000Z', updatedBy: 'ana@ops' },
          errorLog: {
            ...{ mode: 'full', effectiveMode: 'full', sampleEvery: null, expiresAt: null },
            ...{ updatedAt: null, updatedBy: null },
          },
        }),
      },
    ],
  ])('%s', (kind, change) => {
    const found = first(change);
    expect(found.kind).toBe(kind);
    expect(found.next.length).toBeGreaterThan(0);
  });

  test('a full Redis refuses writes, one that evicts loses messages', () => {
    const full = quietRedis();
    const traffic = (refused: number, evicted: number) =>
      ok({
        ...{ windowSeconds: 2, commandsPerSecond: 9, rejectedConnectionsPerSecond: 0, commands: [] },
        ...{ refusedWritesPerSecond: refused, evictedKeysPerSecond: evicted },
      });
    expect(first({ redis: ok({ ...full, traffic: traffic(80, 0) }) })).toMatchObject({
      kind: 'redis-memory',
      what: expect.stringContaining('refuses writes'),
    });
    expect(first({ redis: ok({ ...full, traffic: traffic(0, 3) }) })).toMatchObject({
      kind: 'redis-memory',
      what: expect.stringContaining('evicts keys'),
    });
  });

  test('a command that takes most of the time of Redis is named', () => {
    const greedy = { name: 'keys', callsPerSecond: 3, meanMs: 250, processorShare: 0.75 };
    const traffic = {
      ...{ windowSeconds: 2, commandsPerSecond: 9, rejectedConnectionsPerSecond: 0 },
      ...{ refusedWritesPerSecond: 0, evictedKeysPerSecond: 0, commands: [greedy] },
    };
    expect(first({ redis: ok(quietRedis({ traffic: ok(traffic) })) }).what).toContain('held up by KEYS');
  });

  test('what is held back in an open incident is no cause', () => {
    const stopped = ok([
      {
        ...{ id: 4, name: 'x', clientId: 1, client: 'c', status: 'stopped' as const },
        ...{ updatedAt: measuredAt, updatedBy: 'ana@ops' },
      },
    ]);
    expect(first({ stopped })).toMatchObject({ kind: 'left-behind', sure: 'likely' });
    expect(first({ stopped, incidentOpen: true })).toMatchObject({ kind: 'left-behind', sure: 'possible' });
  });
});

describe('ranking', () => {
  test('a consequence stands below its cause and names it', () => {
    const stuck = ok(volume({ waiting: 5_000, outPerSecond: 0, deliveredPerSecond: 0 }));
    const services = ok([service('email-dispatcher', false)]);
    const { findings } = judge(
      quietTarget({ blocking: ok({ roots: [head], waiting: 12 }), volume: stuck, services }),
    );
    expect(findings.map(({ kind, consequenceOf }) => [kind, consequenceOf])).toEqual([
      ['lock-pile-up', null],
      ['consumers-stopped', 'lock-pile-up'],
      ['unhealthy-service', 'lock-pile-up'],
    ]);
  });

  test('what is not sure itself explains nothing', () => {
    const base = { what: '', evidence: [], rulesOut: [], next: [], culprits: [] };
    const ranked = rankFindings([
      { ...base, kind: 'lock-pile-up', confidence: 0.5 },
      { ...base, kind: 'consumers-stopped', confidence: 0.7 },
    ]);
    expect(ranked.map(({ kind, consequenceOf }) => [kind, consequenceOf])).toEqual([
      ['consumers-stopped', null],
      ['lock-pile-up', null],
    ]);
  });
});

test('the screen keeps within 80 columns and makes control characters visible', () => {
  const evil = {
    ...head,
    session: { ...head.session, application: '\u001b[2Jmigration', statement: 'x '.repeat(200) },
  };
  const measurements = quietTarget({
    ...storm,
    blocking: ok({ roots: [evil], waiting: 12 }),
    redis: missing('Redis is down'),
  });
  const { findings, blind } = judge(measurements);
  const text = renderDiagnosis(
    { measuredAt, tookSeconds: 4.2, windowSeconds: 2, findings, blind, measurements },
    plainStyle,
  );
  expect(text).not.toContain('\u001b');
  const long = text.split('\n').filter((line) => line.length > 80 && !/^ {3}(Next:| {5}) /.test(line));
  expect(long).toEqual([]);
});
