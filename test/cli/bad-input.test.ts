import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Config } from '@oclif/core';
import { describe, expect, test } from 'vitest';
import { program, runCli } from './spawn-cli.ts';
import { escapes, stateWithTargets } from './target-file.ts';

interface ErrorDocument {
  readonly schema: string;
  readonly code: string;
  readonly message: string;
  readonly suggestions: readonly string[];
  readonly exitCode: number;
}

/** Runs a command line as text and as JSON: both must end alike, say the same, and keep standard output for data. */
async function failureOf(args: readonly string[], stateDir?: string): Promise<ErrorDocument> {
  const options = stateDir === undefined ? {} : { stateDir };
  const [text, json] = await Promise.all([runCli(args, options), runCli([...args, '--json'], options)]);
  const document = JSON.parse(json.stdout) as ErrorDocument;
  expect(json.stdout.trimEnd().split('\n')).toHaveLength(1);
  expect(document).toMatchObject({ schema: 'spillway/error/1', exitCode: text.exitCode });
  expect(json.exitCode).toBe(text.exitCode);
  expect(text.stdout).toBe('');
  expect(text.stderr).toContain(document.message.split('\n')[0]);
  for (const suggestion of document.suggestions) expect(text.stderr).toContain(suggestion);
  expect(text.stderr + json.stdout + json.stderr).not.toMatch(escapes);
  return document;
}

const lab = { redis: { host: '127.0.0.1', port: 1 } };

describe('what does not exist is a usage error (exit 2) that names what does, and the nearest', () => {
  const rows: readonly (readonly [string, readonly string[], RegExp, string])[] = [
    [
      'a command',
      ['stauts'],
      /no command "stauts"; there is: activations, .*status, undo, volume/,
      'spillway status',
    ],
    [
      'a command of a topic',
      ['queue', 'prge', '--all'],
      /no command "queue prge"; there is: queue archives, .*queue restore/,
      'spillway queue purge',
    ],
    ['a topic', ['quue', 'list'], /no command "quue"; there is: .*queue/, 'spillway queue list'],
    ['help of a command', ['help', 'stauts'], /no command "stauts"/, 'spillway status'],
    [
      'a flag',
      ['status', '--targt', 'lab'],
      /no flag --targt; there is: --json, --no-input, --target/,
      '--target',
    ],
    [
      'a runbook',
      ['runbook', 'show', 'eror-log-storm'],
      /no runbook "eror-log-storm".*error-log-storm/,
      'spillway runbook show error-log-storm',
    ],
    [
      'a target',
      ['status', '--target', 'prodution'],
      /no target "prodution"; there is lab, production/,
      '--target production',
    ],
    [
      'a run',
      ['runbook', 'resume', 'run-k7m2xqab', '--target', 'lab'],
      /no run "run-k7m2xqab"/,
      'spillway journal show',
    ],
    [
      'a step',
      ['undo', 'step-k7m2xqab', '--target', 'lab'],
      /no step and no run "step-k7m2xqab"/,
      'spillway journal show',
    ],
    [
      'an incident',
      ['incident', 'show', '--target', 'lab'],
      /no incident was ever opened/,
      'spillway incident open "what is wrong"',
    ],
  ];
  test.each(rows)('%s', async (_, args, message, suggestion) => {
    const stateDir = await stateWithTargets({ lab, production: lab });
    const document = await failureOf(args, stateDir);
    expect(document).toMatchObject({ code: 'usage', exitCode: 2 });
    expect(document.message).toMatch(message);
    expect(document.suggestions).toContain(suggestion);
  });
});

describe('what is not understood is a usage error (exit 2)', () => {
  const rows: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['a flag that stands before the command', ['--target', 'lab', 'status'], /flags come after the command/],
    ['an argument too many', ['status', 'extra'], /"status" takes no arguments, and "extra" was given/],
    ['an argument that is missing', ['conversations', 'show'], /Missing 1 required arg: id/],
    [
      'a number that is none',
      ['volume', '--window', 'abc'],
      /--window Expected an integer but received: abc/,
    ],
    ['a number out of its range', ['volume', '--window', '99'], /less than or equal to 60/],
    ['a word that is no choice', ['notify', 'everybody', 'hello'], /one of: slack, status-page/],
    ['flags that exclude each other', ['errors', 'log', '--full', '--off'], /--full.*--off|--off.*--full/],
    [
      'a purge of nothing in particular',
      ['queue', 'purge'],
      /Exactly one of .*--all, --client, --conversation/,
    ],
    ['ids that are none', ['conversations', 'stop', '12', 'x', '--target', 'lab'], /"x" is not an id/],
    ['several targets and none named', ['status'], /several targets: lab, production; say which/],
  ];
  test.each(rows)('%s', async (_, args, message) => {
    const stateDir = await stateWithTargets({ lab, production: lab });
    const document = await failureOf(args, stateDir);
    expect(document).toMatchObject({ code: 'usage', exitCode: 2 });
    expect(document.message).toMatch(message);
    expect(document.message).not.toContain('bug');
  });
});

test('without any target the way to begin is shown', async () => {
  expect(await failureOf(['status'])).toMatchObject({
    code: 'usage',
    suggestions: [expect.stringContaining('spillway lab up'), expect.any(String)],
  });
});

test('a broken configuration is named with file, line and column, whatever the command', async () => {
  const stateDir = await stateWithTargets({});
  await writeFile(join(stateDir, 'spillway.yaml'), 'targets:\n  lab:\n    redis: {host: a, prot: 1}\n');
  const document = await failureOf(['status'], stateDir);
  expect(document.message).toMatch(
    /\/spillway\.yaml:3:22: targets\.lab\.redis\.prot is not a setting \(did you mean port\?\)/,
  );
});

test('a broken runbook is named with file, line and column', async () => {
  const stateDir = await stateWithTargets({});
  await mkdir(join(stateDir, 'runbooks'));
  await writeFile(
    join(stateDir, 'runbooks', 'ours.yaml'),
    'schema: spillway/runbook/1\nid: ours\n  title: x\n',
  );
  expect((await failureOf(['runbook', 'check', 'ours'], stateDir)).message).toMatch(
    /runbooks\/ours\.yaml:\d+:\d+: /,
  );
});

test('a topic by itself shows its commands; with --json it is an error, for help is no document', async () => {
  const [text, json] = await Promise.all([runCli(['queue']), runCli(['queue', '--json'])]);
  expect(text).toMatchObject({ exitCode: 0, stderr: '' });
  expect(text.stdout).toContain('queue purge');
  expect(JSON.parse(json.stdout)).toMatchObject({ schema: 'spillway/error/1', exitCode: 2 });
  expect(json.exitCode).toBe(2);
});

test('settings: the flag wins over the environment, that over the file', async () => {
  const stateDir = await stateWithTargets({ lab, production: lab, staging: lab });
  await writeFile(
    join(stateDir, 'spillway.yaml'),
    JSON.stringify({ defaultTarget: 'lab', targets: { lab, production: lab, staging: lab } }),
  );
  const env = { SPILLWAY_TARGET: 'production' };
  const [byFile, byEnvironment, byFlag] = await Promise.all([
    runCli(['journal', 'show', '--json'], { stateDir }),
    runCli(['journal', 'show', '--json'], { stateDir, env }),
    runCli(['journal', 'show', '--json', '--target', 'staging'], { stateDir, env }),
  ]);
  const targets = [byFile, byEnvironment, byFlag].map(
    ({ stdout }) => (JSON.parse(stdout) as { target: string }).target,
  );
  expect(targets).toEqual(['lab', 'production', 'staging']);
});

describe('help', () => {
  test('every command has a summary, examples that call it, and a description for every flag and argument', async () => {
    const config = await Config.load({ root: program });
    expect(config.commands.length).toBeGreaterThan(35);
    for (const command of config.commands) {
      const name = command.id.replaceAll(':', ' ');
      expect(command.summary, name).toMatch(/\S/);
      expect(command.examples?.length, name).toBeGreaterThan(0);
      for (const example of command.examples ?? []) expect(String(example)).toContain('<%= config.bin %> ');
      expect(
        command.examples?.some((example) => String(example).includes(name)),
        name,
      ).toBe(true);
      for (const part of [...Object.values(command.flags), ...Object.values(command.args)])
        expect(part.description, `${name} ${part.name}`).toMatch(/\S/);
    }
  });

  test('of a command goes to standard output, with its examples, in at most 80 columns, and without colours in a pipe', async () => {
    const env = { NO_COLOR: undefined, TERM: 'xterm-256color' };
    for (const args of [['queue', 'purge', '--help'], ['help', 'queue', 'purge'], ['--help']]) {
      const { stdout, stderr, exitCode } = await runCli(args, { env });
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
      if (args.length > 1) expect(stdout).toContain('$ spillway queue purge --all --confirm lab');
      expect(stdout).not.toMatch(escapes);
    }
  });
});
