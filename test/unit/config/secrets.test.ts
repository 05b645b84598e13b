import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import type { Secret } from '../../../src/lib/config/schema.ts';
import { secretSource } from '../../../src/lib/config/secrets.ts';

const canary = 'hunter2-canary';

async function secretFile(content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-test-secret-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'secret');
  await writeFile(path, content);
  return path;
}

test('a secret comes from the environment, a file, or a command’s output; its last newline is not part of it', async () => {
  expect(await secretSource({ env: 'PASSWORD' }, { PASSWORD: canary })()).toBe(canary);
  expect(await secretSource({ file: await secretFile(`${canary}\n`) }, {})()).toBe(canary);
  expect(await secretSource({ command: [process.execPath, '-p', `'${canary}'`] }, {})()).toBe(canary);
});

test('it is looked up when it is needed, and not before', async () => {
  const source = secretSource({ file: '/nonexistent/secret' }, {});
  await expect(source()).rejects.toMatchObject({ code: 'usage' });
});

test('a command is not given to a shell', async () => {
  const words = [process.execPath, '-p', 'process.argv.slice(1).join("|")', '--', '$HOME', 'a;b', '`id`'];
  expect(await secretSource({ command: words }, {})()).toBe('$HOME|a;b|`id`');
});

const failures: readonly (readonly [string, () => Promise<Secret> | Secret, RegExp])[] = [
  ['a variable that is not set', () => ({ env: 'PASSWORD' }), /environment variable PASSWORD is not set/],
  ['a variable that is empty', () => ({ env: 'EMPTY' }), /environment variable EMPTY is not set/],
  [
    'a file that is not there',
    () => ({ file: '/nonexistent/secret' }),
    /\/nonexistent\/secret cannot be read \(ENOENT\)/,
  ],
  ['a file that is empty', async () => ({ file: await secretFile('\n') }), /secret file .* is empty/],
  [
    'a command that is not there',
    () => ({ command: ['/nonexistent/program'] }),
    /\/nonexistent\/program .* failed \(ENOENT\)/,
  ],
  [
    'a command that fails after it printed the secret',
    () => ({
      command: [
        process.execPath,
        '-e',
        `console.log('${canary}'); console.error('${canary}'); process.exit(3)`,
      ],
    }),
    /failed \(3\)/,
  ],
  ['a command that prints nothing', () => ({ command: [process.execPath, '-e', ''] }), /is empty/],
];
test.each(failures)('%s is a usage error that names the source', async (_, make, message) => {
  const failure = await secretSource(await make(), { EMPTY: '' })().catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'usage', message: expect.stringMatching(message) });
  // with everything that hangs on it: a cause would carry the command's output
  expect(inspect(failure, { depth: 10 })).not.toContain(canary);
});
