import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chooseTarget, type LoadedConfig, loadConfig, parseConfig } from '../../../src/lib/config/loader.ts';
import { SpillwayError } from '../../../src/lib/core/errors.ts';

const file = '/etc/spillway.yaml';
const canary = 'hunter2-canary';

/** The faults of a text, one a line, without the file's name. */
function faultsOf(...lines: readonly string[]): string[] {
  try {
    parseConfig(lines.join('\n'), file);
  } catch (error) {
    if (!(error instanceof SpillwayError)) throw error;
    expect(error.code).toBe('usage');
    return error.message.split('\n').map((line) => line.replace(`${file}:`, ''));
  }
  return [];
}

describe('a fault is placed at its line and column, with what was expected', () => {
  const rows: readonly (readonly [string, readonly string[], readonly (string | RegExp)[]])[] = [
    ['YAML that does not parse', ['targets:', '  lab: {redis: {host: a}'], [/^2:\d+: not valid YAML: /]],
    ['a tab as indentation', ['targets:', '\tlab: 1'], [/^2:1: not valid YAML: /]],
    [
      'a key that stands twice',
      ['targets:', '  lab:', '    redis: {host: a}', '    redis: {host: b}'],
      ['4:5: this key stands twice; each may stand once'],
    ],
    ['a tag that YAML does not know', ['targets: !!js/function {}'], [/^1:10: not valid YAML: .*tag/]],
    [
      'a setting that does not exist',
      ['targets:', '  lab:', '    reddis: {host: a}'],
      [
        /^3:5: targets.lab.reddis is not a setting \(did you mean redis\?\)/,
        /: targets.lab: a target needs `postgres`/,
      ],
    ],
    [
      'a setting that does not exist, deep inside',
      ['targets:', '  lab:', '    redis:', '      host: a', '      prot: 1'],
      ['5:7: targets.lab.redis.prot is not a setting (did you mean port?)'],
    ],
    [
      'a wrong type',
      ['targets:', '  lab:', '    redis: {host: a, port: "6379"}'],
      ['3:28: targets.lab.redis.port: Invalid input: expected number, received string'],
    ],
    [
      'a number out of its range',
      ['targets:', '  lab: {redis: {host: a, port: 70000}}'],
      [/^2:32: targets.lab.redis.port: .*65535/],
    ],
    [
      'a setting that is missing',
      ['targets:', '  lab:', '    redis: {port: 1}'],
      ['3:5: targets.lab.redis.host: Invalid input: expected string, received undefined'],
    ],
    [
      'an item of a list',
      [
        'targets:',
        '  lab:',
        '    redis: {host: a}',
        '    services:',
        '      - name: a',
        '        restart: []',
      ],
      [/^6:18: targets.lab.services.0.restart: /],
    ],
    [
      'a target without stores',
      ['targets:', '  lab: {}'],
      ['2:8: targets.lab: a target needs `postgres`, `redis`, or both'],
    ],
    [
      'a target whose name is no name',
      ['targets:', '  "my lab": {redis: {host: a}}'],
      [/^2:13: targets.my lab: a target's name is letters/],
    ],
    ['a file that holds no settings', ['- a', '- b'], [/^1:1: the file: Invalid input: expected object/]],
    [
      'several faults, in the order of the file',
      ['defualtTarget: a', 'targets:', '  lab: {redis: {host: 1}}'],
      [/^1:1: defualtTarget is not a setting \(did you mean defaultTarget/, /^3:23: targets.lab.redis.host/],
    ],
  ];
  test.each(rows)('%s', (_, lines, expected) => {
    const faults = faultsOf(...lines);
    expect(faults).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) {
      if (typeof pattern === 'string') expect(faults[index]).toBe(pattern);
      else expect(faults[index]).toMatch(pattern);
    }
  });

  test('a secret in the place of its source is refused without being repeated', () => {
    const faults = faultsOf('targets:', '  lab:', '    redis:', '      host: a', `      password: ${canary}`);
    expect(faults).toEqual([
      '5:17: targets.lab.redis.password: expected where the secret comes from, {env: NAME}, {file: PATH} or {command: [program, …]}; never the secret itself',
    ]);
  });

  test('aliases that would grow without bound are refused', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de'].map((pair) => [...pair]))
      bomb.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(', ')}]`);
    expect(faultsOf(...bomb)).toEqual([expect.stringMatching(/^1:1: .*alias/i)]);
  });
});

test('defaults are filled in', () => {
  const { targets } = parseConfig('targets: {lab: {postgres: {host: a, database: b, user: c}}}', file);
  expect(targets['lab']).toMatchObject({
    postgres: { port: 5432, connectTimeoutMs: 4_000, statementTimeoutMs: 5_000 },
    orchestrator: { schema: 'orchestrator', errorLog: 'error_log' },
    services: [],
    journal: { mirror: false },
  });
});

describe('the places, strongest first', () => {
  /** Folders with a `spillway.yaml` each; a target is written as the host of its Redis. */
  async function places(files: Readonly<Record<string, Record<string, string> | string>>) {
    const root = await mkdtemp(join(tmpdir(), 'spillway-test-config-'));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    for (const [path, targets] of Object.entries(files)) {
      const full = join(root, path);
      await mkdir(dirname(full), { recursive: true });
      const lines = Object.entries(targets).map(([name, host]) => `  ${name}: {redis: {host: ${host}}}`);
      await writeFile(full, typeof targets === 'string' ? targets : ['targets:', ...lines].join('\n'));
    }
    await mkdir(join(root, 'work/deep'), { recursive: true });
    const config = await loadConfig({
      workingFolder: join(root, 'work/deep'),
      userFolder: join(root, 'user'),
      registered: [join(root, 'lab/target.yaml')],
    });
    const hosts = Object.fromEntries(
      config.targets.map(({ name, settings, origin }) => [
        name,
        `${settings.redis?.host} ${origin.slice(root.length + 1)}`,
      ]),
    );
    return { config, hosts };
  }

  test('the working folder wins over those above it, these over the user’s folder, that over what was registered', async () => {
    const { hosts } = await places({
      'work/deep/spillway.yaml': { a: 'working' },
      'work/spillway.yaml': { a: 'above', b: 'above' },
      'user/spillway.yaml': { a: 'user', b: 'user', c: 'user' },
      'lab/target.yaml': { a: 'lab', b: 'lab', c: 'lab', d: 'lab' },
    });
    expect(hosts).toEqual({
      a: 'working work/deep/spillway.yaml',
      b: 'above work/spillway.yaml',
      c: 'user user/spillway.yaml',
      d: 'lab lab/target.yaml',
    });
  });

  test('the default target is the strongest place’s', async () => {
    const { config } = await places({
      'work/spillway.yaml': 'defaultTarget: a\ntargets: {a: {redis: {host: x}}}',
      'user/spillway.yaml': 'defaultTarget: b\ntargets: {b: {redis: {host: x}}}',
    });
    expect(chooseTarget(config, null).name).toBe('a');
    expect(chooseTarget(config, 'b').name).toBe('b');
  });

  test('without any file there are no targets; an empty file says what is missing', async () => {
    expect((await places({})).config).toEqual({ targets: [], defaultTarget: null });
    await expect(places({ 'work/spillway.yaml': '' })).rejects.toThrow(/spillway\.yaml:1:1: targets: /);
  });

  test('a broken file anywhere is an error: a weaker place must not silently take over', async () => {
    await expect(
      places({ 'work/spillway.yaml': 'targets: [', 'user/spillway.yaml': { a: 'user' } }),
    ).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('work/spillway.yaml:1:') });
  });

  test('a file that cannot be read is an error', async () => {
    const root = await mkdtemp(join(tmpdir(), 'spillway-test-config-'));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    await mkdir(join(root, 'spillway.yaml'));
    const loading = loadConfig({ workingFolder: root, userFolder: root, registered: [] });
    await expect(loading).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('cannot be read'),
    });
  });
});

describe('choosing', () => {
  function configOf(names: readonly string[], defaultTarget: string | null = null): LoadedConfig {
    const { targets } = parseConfig('targets: {x: {redis: {host: a}}}', file);
    const settings = targets['x'];
    if (settings === undefined) throw new Error('the fixture has no target');
    return { defaultTarget, targets: names.map((name) => ({ name, settings, origin: file })) };
  }
  const failure = (config: LoadedConfig, named: string | null) => {
    try {
      chooseTarget(config, named);
    } catch (error) {
      return error;
    }
    return null;
  };

  test('the only target needs no name', () => {
    expect(chooseTarget(configOf(['lab']), null).name).toBe('lab');
  });

  test('of several without a default, none is guessed', () => {
    expect(failure(configOf(['lab', 'production']), null)).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('lab, production'),
      suggestions: ['--target lab', '--target production'],
    });
  });

  test('an unknown name says which there are, and the nearest', () => {
    expect(failure(configOf(['lab', 'production', 'staging']), 'prodution')).toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/"prodution".*lab, production, staging/),
      suggestions: ['--target production'],
    });
    expect(failure(configOf(['lab', 'staging']), 'elsewhere')).toMatchObject({
      suggestions: ['--target lab', '--target staging'],
    });
    expect(failure(configOf(['lab'], 'gone'), null)).toMatchObject({
      message: expect.stringContaining('"gone"'),
    });
  });

  test('without any, the lab is proposed', () => {
    expect(failure(configOf([]), null)).toMatchObject({
      code: 'usage',
      suggestions: expect.arrayContaining([expect.stringContaining('spillway lab up')]),
    });
    expect(failure(configOf([]), 'lab')).toMatchObject({
      message: expect.stringContaining('none is configured'),
    });
  });
});
