import { expect, test } from 'vitest';
import { type DatabaseHealthData, renderDatabaseHealth } from '../../../src/lib/views/database.ts';
import { plainStyle } from '../../../src/lib/views/style.ts';

/** A name as an attacker would choose it: clears the screen, goes back in the line, turns the text around. */
const evil = `\u001b[2J\rPayment reminders\u202e of a client with quite a long name`;

const statement = {
  id: '1',
  calls: 3_746,
  totalMs: 12_024,
  callsPerSecond: 1_873,
  meanMs: 3.21,
  meanBeforeMs: 0.4,
  share: 0.91,
  text: `insert into error_log values (${evil}) ${'x'.repeat(99)}`,
};
const session = {
  user: evil,
  application: evil,
  waitType: 'Lock',
  waitEvent: 'transactionid',
  waitsFor: null,
  statementSeconds: 2,
  statement: `update t set a = 1 ${evil}`,
};

const health: DatabaseHealthData = {
  finding: `Pid 7 (idle in transaction, in its transaction for 35 s) blocks 12 sessions ${evil}.`,
  windowSeconds: 2,
  errorWriteMs: 52,
  server: { version: '16.4', versionNumber: 160_004, standby: false, timesIo: true, upSeconds: 86_400 },
  errorLog: { unavailable: `permission denied ${evil}`, suggestion: 'grant pg_monitor to spillway;' },
  sessions: {
    samples: 8,
    active: 31,
    hidden: 3,
    groups: [
      {
        state: 'active',
        waitType: 'LWLock',
        waitEvent: 'WALWrite',
        sessions: 30.5,
        onErrorLog: 12,
        elsewhere: 2,
      },
    ],
    applications: [
      {
        application: evil,
        sessions: 40,
        active: 30.5,
        waiting: 30,
        idleInTransaction: 0.1,
        mostlyOn: 'LWLock WALWriteAndMuchMore',
      },
      { application: '', sessions: 1, active: 0, waiting: 0, idleInTransaction: 0, mostlyOn: null },
    ],
    background: [
      { backend: 'autovacuum worker', waitType: 'Timeout', waitEvent: 'VacuumDelay', processes: 2 },
    ],
  },
  blocking: {
    waiting: 1,
    roots: [
      {
        session: {
          ...session,
          pid: 7,
          blockedBy: [],
          state: 'idle in transaction',
          transactionSeconds: 35,
        },
        blocks: 1,
        waiting: [
          {
            session: {
              ...session,
              pid: 11,
              blockedBy: [7, 9],
              state: 'active',
              transactionSeconds: 2,
              waitsFor: `ShareLock on a row of orchestrator.${evil}`,
            },
            blocks: 0,
            waiting: [],
          },
        ],
      },
    ],
  },
  statements: {
    windowSeconds: 2,
    statements: [statement],
    errorLogWrites: { table: 'orchestrator.error_log', callsPerSecond: 1_873, meanMs: 3.21 },
    errorTotalsWrites: null,
    errorLogCost: { share: 0.97, msPerError: 52.3 },
    writes: [statement],
    hidden: 4,
  },
  locks: {
    waiting: [{ relation: null, kind: 'transactionid', mode: 'ShareLock', sessions: 12, longestSeconds: 34 }],
  },
  connections: { used: 41, most: 100, reserved: 3 },
  tables: {
    tables: [
      {
        table: `orchestrator.${evil}`,
        insertsPerSecond: 12_345,
        updatesPerSecond: 12_345,
        deletesPerSecond: 1_234,
        hotShare: 0.993,
        sequentialRowsPerSecond: 1_000_000,
        indexScansPerSecond: 10,
        deadRows: 12_345_678,
      },
    ],
  },
  growth: {
    bytesPerSecond: 12_345_678,
    locked: [evil],
    tables: [
      {
        table: `orchestrator.${evil}`,
        bytes: null,
        indexBytes: 123_456_789,
        bytesPerSecond: 10_000_000,
        indexBytesPerSecond: 2_345_678,
        indexes: [{ name: `error_log_pkey_${evil}`, bytes: 123_456_789, bytesPerSecond: 2_345_678 }],
      },
    ],
  },
  database: {
    commitsPerSecond: 4_000,
    rollbacksPerSecond: 12,
    hitShare: 0.991,
    blocksReadPerSecond: 900,
    rowsWrittenPerSecond: 24_000,
    temporaryBytesPerSecond: 1e6,
    deadlocks: 2,
    recoveryConflicts: 1,
  },
  wal: {
    bytesPerSecond: 40_000_000,
    recordsPerSecond: 40_000,
    fullPageImagesPerSecond: 1_200,
    buffersFullPerSecond: 130,
    syncsPerSecond: 800,
  },
  walFiles: { files: 300, bytes: 5e9, softLimitBytes: 1e9 },
  archiver: { on: true, failed: 12, secondsSinceFailure: 3, secondsSinceArchived: 3_600 },
  checkpoints: {
    requestedInWindow: 1,
    timed: 12,
    requested: 40,
    buffersWrittenPerSecond: 900,
    buffersBySessionsPerSecond: 120,
    secondsSinceLast: 35,
  },
  io: {
    kinds: [
      {
        backend: 'autovacuum worker',
        context: 'bulkwrite',
        object: 'temp relation',
        readBytesPerSecond: 123_000_000,
        writeBytesPerSecond: 123_000_000,
        extendsPerSecond: 12,
        syncsPerSecond: 12,
        readMs: 12.3,
        writeMs: 12.3,
      },
    ],
  },
  vacuum: {
    on: false,
    mostWorkers: 3,
    frozenAge: 500_000_000,
    forcedAtAge: 200_000_000,
    workers: [{ pid: 12, table: evil, phase: 'scanning heap', scanned: 0.4 }],
    debts: [{ table: evil, deadRows: 1e7, threshold: 1e5, disabled: true, secondsSinceVacuum: null }],
  },
  transactions: {
    oldest: [
      {
        pid: 7,
        user: evil,
        application: evil,
        state: 'idle in transaction',
        seconds: 4_000,
        statement: evil.repeat(3),
      },
    ],
  },
  replication: {
    replicas: [
      {
        application: evil,
        address: '10.0.0.1',
        state: 'streaming',
        sync: 'async',
        behindBytes: 1e9,
        replaySeconds: 40,
      },
    ],
    standby: { receiving: false, unreplayedBytes: 1e9, seconds: 40 },
  },
  slots: {
    slots: [{ name: evil, kind: 'physical', active: false, keptBytes: 2e9, status: 'extended' }],
  },
};
const missing = { unavailable: `permission denied ${evil}`, suggestion: 'grant pg_monitor to spillway;' };
const screen = renderDatabaseHealth(health, plainStyle);

test('fits into 80 columns', () => {
  expect(screen.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
});

test('shows control characters of names instead of obeying them', () => {
  for (const control of ['\u001b', '\r', '\u202e']) expect(screen).not.toContain(control);
  expect(screen).toContain('\\u{1b}');
});

test('names all blockers of a session and the lock that it wants', () => {
  expect(screen.replace(/\s+/g, ' ')).toMatch(/waits for 7, 9, wants ShareLock on a row of orchestrator/);
});

test('puts what a write takes now beside what it took before', () => {
  const lines = screen.split('\n');
  const at = lines.indexOf('Latency of the writes');
  expect(lines.slice(at + 1, at + 3).map((line) => line.trim().split(/ {2,}/).slice(0, 3))).toEqual([
    ['Now', 'Before', 'Calls'],
    ['3.2 ms', '0.40 ms', '1,873/s'],
  ]);
});

test('a missing view costs its own rows, and says why and what to type', () => {
  const bare = Object.fromEntries(
    Object.entries(health).map(([name, view]) => [
      name,
      typeof view === 'object' && name !== 'connections' ? missing : view,
    ]),
  ) as unknown as DatabaseHealthData;
  const text = renderDatabaseHealth(bare, plainStyle);
  expect(text).toContain('41 of 100 in use');
  expect(text).toContain('try: grant pg_monitor to spillway;');
  expect(text.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
});

test('estimates the time of an error from the samples where statements cannot be told apart', () => {
  const rate = { insertsPerSecond: 10, updatesPerSecond: 0 };
  const errorLog = {
    windowSeconds: 2,
    writesPerSecond: 20,
    errorsPerSecond: 10,
    errorLog: { table: 'orchestrator.error_log', ...rate },
    errorTotals: { table: 'orchestrator.error_totals', ...rate },
  };
  const text = renderDatabaseHealth({ ...health, errorLog, statements: missing }, plainStyle);
  expect(text).toContain('about 52.0 ms an error');
});
