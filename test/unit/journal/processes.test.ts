import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { withFileLock } from '../../../src/lib/journal/file-lock.ts';
import { readJournal } from '../../../src/lib/journal/journal.ts';
import { journalFolder, note } from './journal-folder.ts';
import { thisProcess } from './this-process.ts';

const program = fileURLToPath(new URL('./append-records.ts', import.meta.url));

/** Starts a process that appends `count` records; its standard output has a line for each that is durable. */
function appending(
  folder: string,
  name: string,
  count: number,
): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const child = spawn(process.execPath, [program, folder, name, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** A process id of this machine that nobody has any more. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  const { pid = 0 } = child;
  await once(child, 'exit');
  return pid;
}

test('two processes that append at once lose nothing and keep one chain', { timeout: 60_000 }, async () => {
  const { folder, path } = await journalFolder();
  const children = ['ann', 'bob'].map((name) => appending(folder, name, 200));
  const codes = await Promise.all(
    children.map(async (child) => {
      const [, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
      return code as number | null;
    }),
  );
  expect(codes).toEqual([0, 0]);
  const { records, problem } = await readJournal(path);
  expect(problem).toBeNull();
  expect(records).toHaveLength(401);
  for (const name of ['ann', 'bob']) {
    const numbers = records.filter((one) => one.body['name'] === name).map((one) => one.body['number']);
    expect(numbers).toEqual(Array.from({ length: 200 }, (_, number) => number));
  }
  expect(await readdir(folder)).toEqual(['journal.ndjson']);
});

test('what was durable is there after kill -9 in the middle of appending, and the next process goes on', {
  timeout: 60_000,
}, async () => {
  const { folder, path, open } = await journalFolder();
  const durable: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    const child = appending(folder, `round-${round}`, 1_000_000);
    let seen = '';
    child.stdout.on('data', (chunk) => {
      seen += String(chunk);
    });
    while (seen.split('\n').length < 6 + round) await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    durable.push(Number(seen.trimEnd().split('\n').at(-1)));
  }
  await open().append(note('after it all'));
  const { records, problem, tornBytes } = await readJournal(path);
  expect({ problem, tornBytes }).toEqual({ problem: null, tornBytes: 0 });
  for (const [round, last] of durable.entries()) {
    const numbers = records
      .filter((one) => one.body['name'] === `round-${round}`)
      .map((one) => one.body['number']);
    expect(numbers.slice(0, last + 1)).toEqual(Array.from({ length: last + 1 }, (_, number) => number));
  }
  expect(records.at(-1)?.body['text']).toBe('after it all');
});

test('a disk that takes only a part of a line fails the record, and the next process finds the chain whole', async () => {
  const { folder, path, open } = await journalFolder();
  // 4 blocks of 512 bytes: the limit on the size of a file stands for the end of the disk
  const child = spawn(
    '/bin/sh',
    ['-c', 'ulimit -f 4; exec "$0" "$@"', process.execPath, program, folder, 'ann', '50'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const [durable, complaint, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  expect(code).toBe(1);
  expect(complaint).toMatch(/journal\.ndjson cannot be written/);
  const promised = durable.trimEnd().split('\n').length;
  expect((await readJournal(path)).tornBytes).toBeGreaterThan(0);
  await open().append(note('there is room again'));
  const { records, problem } = await readJournal(path);
  expect(problem).toBeNull();
  expect(records.map((one) => one.type)).toEqual([
    'genesis',
    ...Array(promised).fill('noted'),
    'recovered',
    'noted',
  ]);
});

test.each([
  ['a process that is gone', async () => JSON.stringify({ pid: await deadPid(), token: 'x' })],
  ['a crash of the machine, empty', async () => ''],
  ['a crash of the machine, with zeros', async () => '\0\0\0\0'],
])('the lock file of %s does not stand in the way, and leaves nothing behind', async (_, content) => {
  const { folder, open } = await journalFolder();
  await writeFile(join(folder, 'journal.lock'), await content());
  const texts = Array.from({ length: 8 }, (_empty, index) => `note ${index}`);
  await Promise.all(texts.map((one) => open().append(note(one))));
  const records = await open().read();
  expect(
    records
      .slice(1)
      .map((one) => one.body['text'])
      .sort(),
  ).toEqual(texts);
  expect(await readdir(folder)).toEqual(['journal.ndjson']);
});

test('many that find a dead process’s lock at once never hold it together', async () => {
  const { folder } = await journalFolder();
  const path = join(folder, 'some.lock');
  const dead = await deadPid();
  let inside = 0;
  let most = 0;
  for (let round = 0; round < 20; round += 1) {
    await writeFile(path, JSON.stringify({ pid: dead, token: `round ${round}` }));
    await Promise.all(
      Array.from({ length: 12 }, () =>
        withFileLock(path, thisProcess, async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
        }),
      ),
    );
  }
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test('the lock of a living process is waited for, and then named with the way out', async () => {
  const { folder } = await journalFolder();
  const path = join(folder, 'some.lock');
  await withFileLock(path, thisProcess, async () => {
    await expect(withFileLock(path, thisProcess, async () => 'in', 30)).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining(`"pid":${process.pid}`),
      suggestions: expect.arrayContaining([expect.stringContaining(`rm ${path}`)]),
    });
  });
  expect(await withFileLock(path, thisProcess, async () => 'in')).toBe('in');
});
