import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { archiveReader } from '../../../src/lib/archive/archive-reader.ts';
import { archiveWriter } from '../../../src/lib/archive/archive-writer.ts';
import type { ArchiveRecord, ArchiveStream } from '../../../src/lib/archive/contract.ts';
import { frames } from '../../../src/lib/archive/zstd-frames.ts';
import { message, oddities } from '../../contract/queue/messages.ts';

const stream = { channel: 'email', part: 1 };
const header = {
  ...{ id: 'purge-1', target: 'test', runId: 'run-1', purgeId: 'purge-1', actor: 'a@b' },
  ...{ selector: { kind: 'all' }, createdAt: '2026-01-02T03:04:05.678Z' },
};
let folder: string;
let place: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-archive-'));
  place = join(folder, 'purge-1');
});
afterEach(() => rm(folder, { recursive: true }));

const writer = (messages = 40) => archiveWriter(folder, { messages, bytes: 1_000_000 });
const reader = () => archiveReader(folder);

function records(count: number, top = count - 1): ArchiveRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    position: top - i,
    raw: oddities[i % 40] ?? message(i, { conversationId: i % 3, clientId: i % 2 }),
  }));
}

async function append(open: ArchiveStream, batch: readonly ArchiveRecord[]): Promise<string> {
  return open.append(await open.prepare(batch));
}

async function all(skip = 0): Promise<ArchiveRecord[]> {
  const found: ArchiveRecord[] = [];
  for await (const batch of reader().open('purge-1', stream, skip)) found.push(...batch);
  return found;
}

test('what is appended comes back byte for byte and in order, over several segments', async () => {
  await writer().create(header);
  const open = await writer().continueAt('purge-1', stream, '');
  const written = records(100);
  for (let i = 0; i < 100; i += 15) await append(open, written.slice(i, i + 15));
  await open.close();
  const manifest = await writer().seal('purge-1');
  expect(await all()).toEqual(written);
  expect(await all(37)).toEqual(written.slice(37));
  expect(manifest).toMatchObject({ ...header, state: 'sealed', messages: 100 });
  expect(
    manifest.segments.map(({ messages, firstPosition, lastPosition }) => [
      messages,
      firstPosition,
      lastPosition,
    ]),
  ).toEqual([
    [30, 99, 70],
    [30, 69, 40],
    [40, 39, 0],
  ]);
  expect(await reader().verify('purge-1')).toMatchObject({ ok: true, messages: 100 });
  expect(await reader().list()).toMatchObject([
    { id: 'purge-1', state: 'sealed', messages: 100, channels: ['email'] },
  ]);
});

test('a line says channel, part, position and the message as text, or as base64 where it is not UTF-8', async () => {
  await writer().create(header);
  const open = await writer().continueAt('purge-1', stream, '');
  await append(open, [
    { position: 1, raw: Buffer.from('{"to":"ñ\\u0000"}') },
    { position: 0, raw: Buffer.from([0xff, 0x00]) },
  ]);
  await open.close();
  const [frame] = frames(await readFile(join(place, 'email.1-000001.ndjson.zst')));
  expect(zstdDecompressSync(frame ?? Buffer.alloc(0)).toString()).toBe(
    '{"channel":"email","part":1,"position":1,"message":"{\\"to\\":\\"ñ\\\\u0000\\"}"}\n' +
      '{"channel":"email","part":1,"position":0,"base64":"/wA="}\n',
  );
});

test('continuing at a mark cuts off what was not committed, whole segments included', async () => {
  await writer().create(header);
  const written = records(60);
  const first = await writer().continueAt('purge-1', stream, '');
  const mark = await append(first, written.slice(0, 20));
  await append(first, written.slice(20, 40));
  await append(first, written.slice(40, 60));
  await first.abandon();
  const second = await writer().continueAt('purge-1', stream, mark);
  await append(second, written.slice(20, 60));
  await second.close();
  expect(await all()).toEqual(written);
  expect((await reader().verify('purge-1')).ok).toBe(true);
});

test('a committed part that is missing or damaged is refused, not written over', async () => {
  await writer().create(header);
  const open = await writer().continueAt('purge-1', stream, '');
  const mark = await append(open, records(20));
  await open.abandon();
  const file = join(place, 'email.1-000001.ndjson.zst');
  const bytes = await readFile(file);
  await truncate(file, bytes.length - 3);
  await expect(writer().continueAt('purge-1', stream, mark)).rejects.toMatchObject({ code: 'failed' });
  bytes[30] = (bytes[30] ?? 0) ^ 0xff;
  await writeFile(file, bytes);
  await expect(writer().continueAt('purge-1', stream, mark)).rejects.toMatchObject({ code: 'failed' });
});

test('every single flipped byte of a segment is found', async () => {
  await writer().create(header);
  const open = await writer().continueAt('purge-1', stream, '');
  await append(open, records(5));
  await open.close();
  const file = join(place, 'email.1-000001.ndjson.zst');
  const bytes = await readFile(file);
  for (let i = 0; i < bytes.length; i += 7) {
    const bad = Buffer.from(bytes);
    bad[i] = (bad[i] ?? 0) ^ 0x10;
    await writeFile(file, bad);
    expect((await reader().verify('purge-1')).ok).toBe(false);
  }
});

test('a file is cut into its frames, whatever their size; a torn one is refused', async () => {
  await writer(1_000_000).create(header);
  const open = await writer(1_000_000).continueAt('purge-1', stream, '');
  const sizes = [0, 1, 300, 70_000, 300_000, 5];
  for (const [index, size] of sizes.entries())
    await append(open, [{ position: 100 - index, raw: randomBytes(size) }]);
  await open.close();
  const bytes = await readFile(join(place, 'email.1-000001.ndjson.zst'));
  const found = frames(bytes);
  expect(found.length).toBe(sizes.length);
  expect(Buffer.concat(found)).toEqual(bytes);
  expect((await all()).map(({ raw }) => raw.length)).toEqual(sizes);
  expect(() => frames(bytes.subarray(0, -1))).toThrow(/torn/);
  expect(() => frames(Buffer.concat([bytes, Buffer.from([1])]))).toThrow(/torn/);
});

test('ids, channels and links cannot lead out of the folder', async () => {
  for (const id of ['..', '../x', 'a/b', '', '.hidden', 'a\u0000b', 'x'.repeat(200)])
    await expect(writer().create({ ...header, id })).rejects.toMatchObject({ code: 'usage' });
  await writer().create(header);
  await expect(writer().continueAt('purge-1', { channel: '../x', part: 1 }, '')).rejects.toMatchObject({
    code: 'usage',
  });
  await expect(reader().show('purge-2')).rejects.toMatchObject({ code: 'usage' });
  const open = await writer().continueAt('purge-1', stream, '');
  await symlink(join(folder, 'elsewhere'), join(place, 'email.1-000001.ndjson.zst'));
  await expect(append(open, records(1))).rejects.toMatchObject({ code: 'failed' });
});

test('no folder is no archives; a folder without a manifest is none; a broken manifest says so', async () => {
  expect(await archiveReader(join(folder, 'none')).list()).toEqual([]);
  await mkdir(place);
  expect(await reader().list()).toEqual([]);
  await writeFile(join(place, 'manifest.json'), '{');
  await expect(reader().list()).rejects.toThrow(/manifest.json is not JSON/);
});
