import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findPostgres, findRedis } from '../../src/lib/backends/binaries.ts';

/** A folder with programs that only know their version. */
async function folderOf(programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-test-binaries-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, version] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\necho '${version}'\n`);
    await chmod(join(folder, name), 0o755);
  }
  return folder;
}

const postgresFolder = (version: string) =>
  folderOf(
    Object.fromEntries(
      ['postgres', 'initdb', 'pg_ctl', 'pg_dump', 'pg_restore'].map((name) => [
        name,
        `${name} (PostgreSQL) ${version}`,
      ]),
    ),
  );

test('the installed PostgreSQL and Redis are found', async () => {
  const { major } = await findPostgres(process.env);
  expect(major).toBeGreaterThanOrEqual(14);
  expect(major).toBeLessThanOrEqual(18);
  expect((await findRedis(process.env)).version).toMatch(/^\d+\.\d+/);
});

test('PostgreSQL on PATH comes before the usual folders', async () => {
  const binDir = await postgresFolder('17.2 (Debian 17.2-1)');
  expect(await findPostgres({ PATH: `/nowhere:${binDir}` })).toEqual({ binDir, version: '17.2', major: 17 });
});

test.each(['13.9', '19beta1'])('PostgreSQL %s is refused, and the override named', async (version) => {
  const binDir = await postgresFolder(version);
  await expect(findPostgres({ SPILLWAY_PG_BIN: binDir })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(`SPILLWAY_PG_BIN is ${binDir}`),
  });
});

test('a folder without pg_dump is no installation', async () => {
  const binDir = await folderOf({ postgres: 'postgres (PostgreSQL) 17.2' });
  await expect(findPostgres({ SPILLWAY_PG_BIN: binDir })).rejects.toMatchObject({ code: 'usage' });
});

test('Valkey is found where the override says', async () => {
  const folder = await folderOf({
    'valkey-server': 'Valkey server v=8.0.1 sha=00000000:0 malloc=libc bits=64',
  });
  const path = join(folder, 'valkey-server');
  expect(await findRedis({ SPILLWAY_REDIS_BIN: path })).toEqual({
    path,
    flavour: 'valkey',
    version: '8.0.1',
  });
});

test('an override that is no Redis is refused, and named', async () => {
  await expect(findRedis({ SPILLWAY_REDIS_BIN: '/bin/true' })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('SPILLWAY_REDIS_BIN is /bin/true'),
  });
});
