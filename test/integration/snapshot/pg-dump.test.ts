import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { findPostgres } from '../../../src/lib/backends/binaries.ts';
import { pgDumpSnapshots } from '../../../src/lib/drivers/snapshot/pg-dump.ts';
import { request, run, snapshotSubject } from './fixture.ts';

it('makes a snapshot that verifies and records what it holds', async () => {
  const { writer, reader, database, folder } = await snapshotSubject();
  const manifest = await writer.create(request);
  expect(manifest).toMatchObject({
    ...{
      schema: 'spillway/snapshot/1',
      id: request.id,
      target: 'test',
      incident: 'inc-1',
      operator: 'tester@host',
    },
    ...{ database: database.database, tableCount: 2 },
  });
  expect(manifest.tables.map((table) => table.name).sort()).toEqual([
    'orchestrator.clients',
    'orchestrator.odd name; drop',
  ]);
  expect(manifest.tables.find((table) => table.name.endsWith('clients'))?.rowsEstimate).toBe(500);
  expect(manifest.systemIdentifier).toMatch(/^\d+$/);
  expect(manifest.totalBytes).toBe(manifest.files.reduce((sum, file) => sum + file.bytes, 0));
  expect(await reader.show(request.id)).toEqual(manifest);
  expect(await reader.verify(request.id)).toMatchObject({ ok: true });
  expect(await reader.list()).toMatchObject([{ id: request.id, status: 'good', incident: 'inc-1' }]);
  for (const path of [folder, join(folder, request.id)]) expect((await stat(path)).mode & 0o777).toBe(0o700);
  for (const file of manifest.files) {
    expect((await stat(join(folder, request.id, file.path))).mode & 0o777).toBe(0o600);
  }
});

it('can be restored by the recorded command', async () => {
  const { writer, database } = await snapshotSubject();
  const manifest = await writer.create(request);
  const restored = `${database.database}_restored`;
  onTestFinished(async () => {
    await database.query(`drop database if exists ${restored}`);
  });
  const { binDir } = await findPostgres(process.env);
  await run('sh', ['-c', manifest.restoreCommand], {
    env: { PATH: `${binDir}:${process.env.PATH ?? ''}`, PGPASSWORD: database.password },
  });
  const client = new pg.Client({ ...database, database: restored });
  await client.connect();
  const { rows } = await client.query(
    'select count(*)::int as rows, max(name) as name from orchestrator.clients',
  );
  await client.end();
  expect(rows).toEqual([{ rows: 500, name: 'client 99' }]);
});

it('writes the password nowhere', async () => {
  const { writer, reader, database, folder } = await snapshotSubject();
  const seen: string[] = [];
  const watch = setInterval(
    () => void run('ps', ['-eo', 'args']).then(({ stdout }) => seen.push(stdout)),
    30,
  );
  await writer.create(request);
  clearInterval(watch);
  expect(seen.join('')).toContain('pg_dump --format=directory');
  const { command } = await reader.estimate(request.id);
  const texts = [command, ...seen, await readFile(join(folder, request.id, 'manifest.json'), 'utf8')];
  for (const text of texts) expect(text).not.toContain(database.password);
});

it('names every difference of a damaged snapshot', async () => {
  const { writer, reader, folder } = await snapshotSubject();
  const manifest = await writer.create(request);
  const [first] = manifest.files;
  await appendFile(join(folder, request.id, first?.path ?? ''), 'x');
  await writeFile(join(folder, request.id, 'dump', 'stranger'), '');
  const { ok, findings } = await reader.verify(request.id);
  expect(ok).toBe(false);
  expect(findings[0]).toMatchObject({
    name: 'files',
    ok: false,
    detail: expect.stringMatching(/bytes instead of.*stranger/),
  });
  await rm(join(folder, request.id, first?.path ?? ''));
  expect((await reader.verify(request.id)).findings[0]?.detail).toContain('cannot be read');
});

it('notices a changed byte of the same size', async () => {
  const { writer, reader, folder } = await snapshotSubject();
  const manifest = await writer.create(request);
  const file = manifest.files.find((one) => one.path.endsWith('.gz')) ?? manifest.files[0];
  const path = join(folder, request.id, file?.path ?? '');
  const content = await readFile(path);
  content[content.length - 1] = (content.at(-1) ?? 0) ^ 1;
  await writeFile(path, content);
  expect((await reader.verify(request.id)).findings[0]?.detail).toContain('another SHA-256');
});

it('gives the snapshot that is there already when it is asked for again', async () => {
  const { writer } = await snapshotSubject();
  const first = await writer.create(request);
  expect(await writer.create(request)).toEqual(first);
});

it('never calls an unfinished attempt good, and begins anew over it', async () => {
  const { writer, reader, folder } = await snapshotSubject();
  await mkdir(join(folder, `${request.id}.0badcafe.partial`, 'dump'), { recursive: true });
  expect(await reader.list()).toMatchObject([{ id: request.id, status: 'incomplete' }]);
  await expect(reader.show(request.id)).rejects.toMatchObject({ code: 'failed' });
  await writer.create(request);
  expect(await reader.list()).toMatchObject([{ id: request.id, status: 'good' }]);
  expect(await readdir(folder)).toEqual([request.id]);
});

it('does not take a folder without a readable manifest for a snapshot', async () => {
  const { reader, folder } = await snapshotSubject();
  await mkdir(join(folder, 'by-hand', 'dump'), { recursive: true });
  await mkdir(join(folder, 'broken'), { recursive: true });
  await writeFile(join(folder, 'broken', 'manifest.json'), '{"schema": "spillway/snapshot/1"}');
  const entries = await reader.list();
  expect(entries.map((entry) => entry.status)).toEqual(['incomplete', 'incomplete']);
  await expect(reader.verify('broken')).rejects.toMatchObject({ code: 'failed' });
});

it('ends pg_dump when it is stopped, and leaves nothing behind', async () => {
  const { writer, reader, database, folder } = await snapshotSubject();
  const blocker = new pg.Client(database);
  await blocker.connect();
  await blocker.query('begin; lock table orchestrator.clients in access exclusive mode');
  const abort = new AbortController();
  const creating = writer.create(request, { signal: abort.signal });
  const waiting = `select count(*)::int as n from pg_stat_activity where application_name = 'spillway-snapshot' and datname = current_database()`;
  const sessions = async () => (await database.query<{ n: number }>(waiting))[0]?.n ?? 0;
  while ((await sessions()) === 0) await delay(20);
  abort.abort();
  await expect(creating).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 });
  while ((await sessions()) > 0) await delay(20);
  await blocker.end();
  expect(await reader.list()).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

it('refuses when the file system has no room, before anything is written', async () => {
  const { reader, writer, options, folder } = await snapshotSubject();
  const { freeBytes } = await reader.estimate(request.id);
  const huge = pgDumpSnapshots({
    ...options,
    database: {
      ...options.database,
      query: async (statement, values) => {
        const rows = await options.database.query(statement, values);
        return rows.map((row) =>
          'bytes' in row && 'database' in row ? { ...row, bytes: freeBytes + 1 } : row,
        ) as never;
      },
    },
  });
  await expect(huge.writer.create(request)).rejects.toMatchObject({ code: 'refused' });
  expect(await writer.create(request)).toMatchObject({ id: request.id });
  expect(await readdir(dirname(folder))).toEqual(['test']);
});

it('refuses a pg_dump that is older than the server', async () => {
  const { reader } = await snapshotSubject({
    findPostgres: async () => ({ binDir: '/nowhere', version: '13.9', major: 13 }),
  });
  await expect(reader.estimate(request.id)).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringContaining('13.9'),
  });
});

it('says which privilege is missing', async () => {
  const { options, database } = await snapshotSubject();
  const role = `${database.database}_role`;
  await database.query(
    `create role ${role} login password 'weak'; grant usage on schema orchestrator to ${role}`,
  );
  onTestFinished(async () => {
    await database.query(`drop owned by ${role}; drop role ${role}`);
  });
  const { writer } = pgDumpSnapshots({
    ...options,
    connection: { ...options.connection, user: role, password: async () => 'weak' },
  });
  await expect(writer.create(request)).rejects.toMatchObject({
    code: 'failed',
    suggestions: [expect.stringContaining('pg_read_all_data')],
  });
});

it('refuses ids that are paths, and names the nearest snapshot', async () => {
  const { writer, reader } = await snapshotSubject();
  await expect(writer.create({ ...request, id: '../../etc' })).rejects.toMatchObject({ code: 'usage' });
  await writer.create(request);
  await expect(reader.show('20260101-000000-abce')).rejects.toMatchObject({
    code: 'usage',
    suggestions: [`did you mean ${request.id}?`, 'spillway snapshot list'],
  });
});
