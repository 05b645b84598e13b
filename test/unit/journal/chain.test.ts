import { appendFile, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readJournal } from '../../../src/lib/journal/journal.ts';
import { decode, encode } from '../../../src/lib/journal/record.ts';
import { verifyJournal } from '../../../src/lib/journal/verify.ts';
import { journalFolder, note } from './journal-folder.ts';

test('the first record brings a genesis record before it, which binds the file', async () => {
  const { open, path } = await journalFolder();
  const record = await open().append(note('one'));
  expect(record).toMatchObject({ seq: 1, target: 'lab', actor: 'ann@desk', body: { text: 'one' } });
  const { records, problem } = await readJournal(path);
  expect(problem).toBeNull();
  expect(records.map(({ seq, type }) => [seq, type])).toEqual([
    [0, 'genesis'],
    [1, 'noted'],
  ]);
  expect(records[0]?.body['file']).toBe(records[0]?.prev);
  expect(records[1]?.prev).toBe(records[0]?.hash);
});

test('opening and reading a journal that was never written makes no file', async () => {
  const { open, folder } = await journalFolder();
  expect(await open().read()).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

test('every record continues the one before, also when another process wrote in between', async () => {
  const { open } = await journalFolder();
  const [one, other] = [open(), open()];
  for (const text of ['a', 'b']) await one.append(note(text));
  await other.append(note('c'));
  await one.append(note('d'));
  const records = await other.read();
  expect(records.map((record) => record.body['text'] ?? record.type)).toEqual([
    'genesis',
    'a',
    'b',
    'c',
    'd',
  ]);
});

test('a record of more than 64 kB is continued after the journal is opened anew', async () => {
  const { open } = await journalFolder();
  await open().append(note('é'.repeat(200_000)));
  await open().append(note('after it'));
  expect((await open().read()).map((record) => record.seq)).toEqual([0, 1, 2]);
});

test('the file is readable for its owner only, in a folder of its owner only', async () => {
  const { open, path, folder } = await journalFolder();
  await open().append(note('one'));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o077).toBe(0);
  expect(await readdir(folder)).toEqual(['journal.ndjson']);
});

test('a symbolic link in the place of the file is not followed', async () => {
  const { open, path, folder } = await journalFolder();
  await symlink(join(folder, 'elsewhere'), path);
  await expect(open().append(note('one'))).rejects.toThrow(/ELOOP|symbolic/);
  expect(await readdir(folder)).toEqual(['journal.ndjson']);
});

test('a torn last line is put aside, a record says so, and what was whole stays', async () => {
  const { open, path, folder } = await journalFolder();
  await open().append(note('one'));
  await appendFile(path, '{"v":1,"seq":2,"ts":"2026-01');
  expect(await verifyJournal(path, null)).toMatchObject({
    verdict: 'prefix-only',
    records: 2,
    tornBytes: 28,
  });
  await open().append(note('two'));
  const records = await open().read();
  expect(records.map((record) => record.type)).toEqual(['genesis', 'noted', 'recovered', 'noted']);
  const [aside] = (await readdir(folder)).filter((name) => name.startsWith('torn-'));
  expect(records[2]?.body).toEqual({ tornBytes: 28, keptIn: join(folder, aside ?? '') });
  expect(await readFile(join(folder, aside ?? ''), 'utf8')).toBe('{"v":1,"seq":2,"ts":"2026-01');
});

test('a file whose very first line is torn begins anew, with the bytes put aside', async () => {
  const { open, path, folder } = await journalFolder();
  await writeFile(path, '{"v":1,"seq":0,');
  await open().append(note('one'));
  expect((await open().read()).map((record) => record.type)).toEqual(['genesis', 'recovered', 'noted']);
  expect((await readdir(folder)).filter((name) => name.startsWith('torn-'))).toHaveLength(1);
});

test('a line that was written whole, but for its newline, was never promised to anybody: it is put aside too', async () => {
  const { open, path } = await journalFolder();
  await open().append(note('one'));
  await truncate(path, (await stat(path)).size - 1);
  await open().append(note('two'));
  expect((await open().read()).map((record) => record.body['text'] ?? record.type)).toEqual([
    'genesis',
    'recovered',
    'two',
  ]);
});

test('nothing is appended behind a last line that does not fit', async () => {
  const { open, lines, rewrite, path } = await journalFolder();
  await open().append(note('one'));
  const [genesis = '', one = ''] = await lines();
  await rewrite([genesis, one.replace('"one"', '"two"')]);
  const before = await readFile(path, 'utf8');
  await expect(open().append(note('three'))).rejects.toMatchObject({ code: 'failed' });
  expect(await readFile(path, 'utf8')).toBe(before);
});

const tampering: Readonly<Record<string, (lines: readonly string[]) => string[]>> = {
  'an edited record': (lines) => lines.map((line) => line.replace('"b"', '"B"')),
  'a record edited with its hash made anew': (lines) =>
    lines.map((line) => {
      const decoded = decode(line);
      if (!('record' in decoded) || decoded.record.body['text'] !== 'b') return line;
      return encode({ ...decoded.record, body: { text: 'B' } }).line;
    }),
  'a deleted record': (lines) => lines.filter((line) => !line.includes('"b"')),
  'two records in each other’s place': ([genesis = '', a = '', b = '', ...rest]) => [genesis, b, a, ...rest],
  'a gap in the numbers, with a chain made anew': (lines) => {
    const [genesis = '', a = ''] = lines;
    const [first, second] = [decode(genesis), decode(a)];
    if (!('record' in first) || !('record' in second)) return [];
    return [genesis, encode({ ...second.record, seq: 2, prev: first.record.hash }).line];
  },
  'a record that stands twice': ([genesis = '', a = '', ...rest]) => [genesis, a, a, ...rest],
  'a missing beginning': (lines) => lines.slice(1),
  'an empty line': (lines) => [...lines, ''],
  'a line that is not JSON': (lines) => [...lines, 'no record,"hash":"0"}'],
  'members behind the hash': (lines) =>
    lines.map((line) => (line.includes('"b"') ? `${line.slice(0, -1)},"body":{"text":"B"}}` : line)),
};

test.each(Object.entries(tampering))('%s is found', async (_, tamper) => {
  const { open, lines, rewrite, path } = await journalFolder();
  for (const text of ['a', 'b', 'c']) await open().append(note(text));
  await rewrite(tamper(await lines()));
  expect(await verifyJournal(path, null)).toMatchObject({
    verdict: 'tampered',
    problem: expect.stringMatching(/^line \d/),
  });
  await expect(open().read()).rejects.toMatchObject({
    code: 'failed',
    suggestions: ['spillway journal verify'],
  });
});

test('an end that was cut off between two lines is found only by what a store outside remembers', async () => {
  const { open, lines, rewrite, path } = await journalFolder();
  for (const text of ['a', 'b']) await open().append(note(text));
  const last = (await open().read()).at(-1);
  const anchor = { seq: last?.seq ?? 0, hash: last?.hash ?? '' };
  expect(await verifyJournal(path, anchor)).toMatchObject({ verdict: 'anchored', anchoredThrough: 2 });
  await rewrite((await lines()).slice(0, -1));
  expect(await verifyJournal(path, null)).toMatchObject({ verdict: 'prefix-only', problem: null });
  expect(await verifyJournal(path, anchor)).toMatchObject({
    verdict: 'tampered',
    problem: expect.stringContaining('record 2, which is missing'),
  });
});

test('an end that was cut off and written anew differs from what a store outside remembers', async () => {
  const { open, lines, rewrite, path } = await journalFolder();
  for (const text of ['a', 'b']) await open().append(note(text));
  const last = (await open().read()).at(-1);
  await rewrite((await lines()).slice(0, -1));
  await open().append(note('another b'));
  expect(await verifyJournal(path, { seq: 2, hash: last?.hash ?? '' })).toMatchObject({
    verdict: 'tampered',
    problem: 'record 2 differs from its copy in the store',
  });
});

test('a journal that cannot be written or read says so, and where', async () => {
  const { open, path } = await journalFolder();
  await mkdir(path);
  await expect(open().append(note('one'))).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringMatching(
      /journal\.ndjson cannot be written .*EISDIR.*nothing is changed without it/,
    ),
  });
  await expect(open().read()).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringContaining('cannot be read'),
  });
});
