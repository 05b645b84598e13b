import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createStateDir, program, runCli } from './spawn-cli.ts';
import { openTerminal } from './terminal.ts';

const continued = fileURLToPath(new URL('./continued-program.js', import.meta.url));

test('the program runs through a symbolic link, from a folder that has nothing to do with it', async () => {
  const folder = await createStateDir();
  onTestFinished(folder.remove);
  const link = join(folder.path, 'spillway');
  await symlink(program, link);
  const child = spawn(process.execPath, [link, '--version'], { cwd: folder.path });
  expect(await text(child.stdout)).toMatch(/^spillway\/\d+\.\d+\.\d+ /);
});

test('on an older Node the program continues on the installed Node 24, with its arguments and its exit code', async () => {
  const child = spawn(process.execPath, [continued, 'one', '--two=three four']);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect(JSON.parse(output)).toEqual({
    node: expect.stringMatching(/^v24\./),
    argv: ['one', '--two=three four'],
  });
  expect(code).toBe(42);
});

test('a signal reaches the program that continued, and its exit code comes back', async () => {
  const child = spawn(process.execPath, [continued, 'wait']);
  await once(child.stderr, 'data');
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([43, null]);
});

test('--help goes to standard output and exits 0', async () => {
  const { stdout, exitCode } = await runCli(['--help']);
  expect(stdout).toContain('USAGE');
  expect(exitCode).toBe(0);
});

test('--help is readable in a terminal', async () => {
  const folder = await createStateDir();
  onTestFinished(folder.remove);
  const terminal = openTerminal(['--help'], { stateDir: folder.path, columns: 100, rows: 30 });
  onTestFinished(terminal.close);
  await terminal.waitFor('USAGE');
  expect(await terminal.exitCode).toBe(0);
});
