import { expect, onTestFinished, test } from 'vitest';
import { postgresJournalCopy } from '../../src/lib/backends/postgres/journal-copy.ts';
import type { PostgresOptions } from '../../src/lib/backends/postgres/options.ts';
import { postgresReader } from '../../src/lib/backends/postgres/reader.ts';
import { postgresWriter } from '../../src/lib/backends/postgres/writer.ts';
import { catchUp, fileIdOf, tryCatchUp } from '../../src/lib/journal/copy.ts';
import { verifyJournal } from '../../src/lib/journal/verify.ts';
import { createDatabase } from '../servers/database.ts';
import { freePort } from '../servers/free-port.ts';
import { journalFolder, note } from '../unit/journal/journal-folder.ts';

async function copyDatabase() {
  const database = await createDatabase();
  const handles: { close(): Promise<void> }[] = [];
  onTestFinished(async () => {
    for (const handle of handles) await handle.close();
    await database.drop();
  });
  const open = (changes: Partial<PostgresOptions> = {}) => {
    const options: PostgresOptions = {
      ...{ host: database.host, port: database.port, database: database.database, user: database.user },
      ...{ password: async () => database.password, tls: 'disable', applicationName: 'spillway' },
      ...{ connectTimeoutMs: 5_000, statementTimeoutMs: 5_000 },
      ...changes,
    };
    const [reader, writer] = [postgresReader(options), postgresWriter(options)];
    handles.push(reader, writer);
    return postgresJournalCopy(reader, writer);
  };
  const lines = async () =>
    (await database.query<{ line: string }>('select line from spillway.journal order by file, seq')).map(
      ({ line }) => line,
    );
  return { database, open, lines };
}

test('the copy gets what it lacks, line by line as in the file; a second time it gets nothing', async () => {
  const { open, lines } = await copyDatabase();
  const journal = await journalFolder();
  expect(await catchUp(journal.open(), open(), 'lab')).toBe(0);
  for (const text of ['a', 'b', '1: "é" \\ \u2028']) await journal.open().append(note(text));
  expect(await catchUp(journal.open(), open(), 'lab')).toBe(4);
  expect(await catchUp(journal.open(), open(), 'lab')).toBe(0);
  expect(await lines()).toEqual(await journal.lines());
  await journal.open().append({
    type: 'noted',
    run: null,
    op: null,
    body: { '2': 'b', '1': 'a', z: [1.5, null, { '10': 1, '9': 2 }] },
  });
  expect(await catchUp(journal.open(), open(), 'lab')).toBe(1);
  expect(await lines()).toEqual(await journal.lines());
});

test('more records than one statement takes are copied whole', async () => {
  const { open, lines } = await copyDatabase();
  const journal = await journalFolder();
  const writing = journal.open();
  for (let number = 0; number < 520; number += 1) await writing.append(note(String(number)));
  expect(await catchUp(writing, open(), 'lab')).toBe(521);
  expect(await lines()).toEqual(await journal.lines());
});

test('the copy anchors the journal: an end that was cut off is found', async () => {
  const { open } = await copyDatabase();
  const journal = await journalFolder();
  for (const text of ['a', 'b']) await journal.open().append(note(text));
  await catchUp(journal.open(), open(), 'lab');
  const file = fileIdOf(await journal.open().read()) ?? '';
  expect(await verifyJournal(journal.path, await open().head(file))).toMatchObject({
    verdict: 'anchored',
    anchoredThrough: 2,
  });
  await journal.rewrite((await journal.lines()).slice(0, -1));
  expect(await verifyJournal(journal.path, await open().head(file))).toMatchObject({ verdict: 'tampered' });
  await expect(catchUp(journal.open(), open(), 'lab')).rejects.toMatchObject({ code: 'failed' });
});

test('a journal that was written anew behind a cut differs from its copy, and is not copied over it', async () => {
  const { open, lines } = await copyDatabase();
  const journal = await journalFolder();
  for (const text of ['a', 'b']) await journal.open().append(note(text));
  await catchUp(journal.open(), open(), 'lab');
  const before = await lines();
  await journal.rewrite((await journal.lines()).slice(0, -1));
  for (const text of ['another b', 'c']) await journal.open().append(note(text));
  await expect(catchUp(journal.open(), open(), 'lab')).rejects.toMatchObject({
    code: 'failed',
    suggestions: ['spillway journal verify'],
  });
  expect(await lines()).toEqual(before);
});

test('journals of two machines lie beside each other', async () => {
  const { open, database } = await copyDatabase();
  for (let machine = 0; machine < 2; machine += 1) {
    const journal = await journalFolder();
    await journal.open().append(note(`machine ${machine}`));
    await catchUp(journal.open(), open(), 'lab');
  }
  expect(
    await database.query(
      'select count(distinct file)::int as files, count(*)::int as lines from spillway.journal',
    ),
  ).toEqual([{ files: 2, lines: 4 }]);
});

test('a copy that cannot be reached is told and caught up the next time; it does not make a change a failure', async () => {
  const { open, lines } = await copyDatabase();
  const journal = await journalFolder();
  await journal.open().append(note('a'));
  const told: string[] = [];
  const away = open({ port: await freePort() });
  expect(await tryCatchUp(journal.open(), away, 'lab', (reason) => told.push(reason))).toBeNull();
  expect(told).toEqual([
    expect.stringMatching(/not brought up to date .*ECONNREFUSED.*next change tries again/),
  ]);
  expect(await tryCatchUp(journal.open(), open(), 'lab', (reason) => told.push(reason))).toBe(2);
  expect(told).toHaveLength(1);
  expect(await lines()).toEqual(await journal.lines());
});
