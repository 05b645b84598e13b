import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { findPostgres } from '../../../src/lib/backends/binaries.ts';
import { postgresReader } from '../../../src/lib/backends/postgres/reader.ts';
import { systemClock } from '../../../src/lib/core/clock.ts';
import { pgDumpSnapshots } from '../../../src/lib/drivers/snapshot/pg-dump.ts';
import type { PgDumpOptions } from '../../../src/lib/drivers/snapshot/pg-dump-options.ts';
import { createDatabase, type TestDatabase } from '../../servers/database.ts';

export const run = promisify(execFile);

/** A database with two tables of rows, one of them with a name that needs care, and the snapshots of it. */
export async function snapshotSubject(change: Partial<PgDumpOptions> = {}) {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  await database.query(`
    create schema orchestrator;
    create table orchestrator.clients (id int primary key, name text);
    insert into orchestrator.clients select n, 'client ' || n from generate_series(1, 500) n;
    create table orchestrator."odd name; drop" (id int);
    insert into orchestrator."odd name; drop" values (1);
    analyze`);
  const parent = await mkdtemp(join(tmpdir(), 'spillway-snapshots-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const folder = join(parent, 'snapshots', 'test');
  const reader = readerOf(database);
  onTestFinished(() => reader.close());
  const options: PgDumpOptions = {
    database: reader,
    connection: {
      ...{ host: database.host, port: database.port, database: database.database, user: database.user },
      password: async () => database.password,
      tls: 'disable',
    },
    folder,
    jobs: 2,
    timeoutMs: 60_000,
    clock: systemClock,
    findPostgres: () => findPostgres(process.env),
    environment: process.env,
    ...change,
  };
  return { database, folder: options.folder, options, ...pgDumpSnapshots(options) };
}

function readerOf(database: TestDatabase) {
  return postgresReader({
    ...{ host: database.host, port: database.port, database: database.database, user: database.user },
    password: async () => database.password,
    tls: 'disable',
    connectTimeoutMs: 4_000,
    statementTimeoutMs: 5_000,
    applicationName: 'spillway-test',
  });
}

export const request = {
  id: '20260101-000000-abcd',
  target: 'test',
  incident: 'inc-1',
  operator: 'tester@host',
  requestedAt: '2026-01-01T00:00:00.000Z',
};
