import { describe, expect, test } from 'vitest';
import { breaches, cycles } from './import-rules.ts';
import { importsOf, readSources, type SourceFile } from './source-imports.ts';

const sources = await readSources();

/** A source file as the rules see it, from its text. */
function file(path: string, code: string): SourceFile {
  return { path, code, imports: importsOf(path, code) };
}

describe('the sources', () => {
  test('import only what their part of the house may', () => {
    expect(breaches(sources)).toEqual([]);
  });

  test('have no import cycle', () => {
    expect(cycles(sources)).toEqual([]);
  });

  test('name every import with its file ending', () => {
    const known = new Set(sources.map(({ path }) => path));
    const unknown = sources.flatMap(({ path, imports }) =>
      imports
        .filter(({ kind, to }) => kind === 'source' && !known.has(to))
        .map(({ to }) => `${path} → ${to}`),
    );
    expect(unknown).toEqual([]);
  });

  test('stay short: 350 lines at most, commands 120', () => {
    const most = (path: string) => (path.startsWith('src/commands/') ? 120 : 350);
    const long = sources
      .map(({ path, code }) => ({ path, lines: code.split('\n').length - 1 }))
      .filter(({ path, lines }) => lines > most(path));
    expect(long).toEqual([]);
  });

  test('have no file or folder whose name says nothing', () => {
    expect(
      sources
        .map(({ path }) => path)
        .filter((path) => /(^|\/)(utils?|helpers?|misc|common|manager)(\/|\.ts$)/.test(path)),
    ).toEqual([]);
  });
});

describe('the rules', () => {
  test.each([
    [
      'an operation that imports a concrete driver',
      'src/lib/operations/a.ts',
      "import { x } from '../drivers/queue/memory.ts';",
    ],
    ['an operation that imports pg', 'src/lib/operations/a.ts', "import pg from 'pg';"],
    ['core that imports anything', 'src/lib/core/a.ts', "import type { X } from '../journal/record.ts';"],
    [
      'the engine with a particular operation',
      'src/lib/engine/a.ts',
      "import { x } from '../operations/queue/purge.ts';",
    ],
    ['anybody who imports a command', 'src/lib/cli/a.ts', "import X from '../../commands/status.ts';"],
    [
      'a lazy import of what is not allowed',
      'src/lib/views/a.ts',
      "const { x } = await import('../engine/run.ts');",
    ],
    ['a re-export of what is not allowed', 'src/lib/views/a.ts', "export { x } from '../engine/run.ts';"],
    [
      'a driver that imports another kind',
      'src/lib/drivers/queue/a.ts',
      "import { x } from '../service/memory.ts';",
    ],
    ['pg loaded at start', 'src/lib/backends/postgres/a.ts', "import pg from 'pg';"],
    ['the environment read in a backend', 'src/lib/backends/a.ts', 'const path = process.env.PATH;'],
    ['process imported by name', 'src/lib/backends/a.ts', "import { env } from 'node:process';"],
    ['a file outside every part', 'src/lib/extra/a.ts', "import { x } from '../core/plan.ts';"],
  ])('catch %s', (_title, path, code) => {
    expect(breaches([file(path, code)])).toHaveLength(1);
  });

  test.each([
    [
      'an operation that imports a contract',
      'src/lib/operations/a.ts',
      "import type { X } from '../drivers/queue/driver.ts';",
    ],
    [
      'a driver that imports a backend',
      'src/lib/drivers/queue/redis-list.ts',
      "import { x } from '../../backends/redis/session.ts';",
    ],
    [
      'composition of concrete things',
      'src/lib/cli/compose.ts',
      "import { x } from '../drivers/queue/memory.ts';",
    ],
    [
      'pg loaded when it is needed',
      'src/lib/backends/postgres/a.ts',
      "const { default: pg } = await import('pg');",
    ],
    [
      'a view with the shape of a result',
      'src/lib/views/a.ts',
      "import type { Incident } from '../incident/incident.ts';",
    ],
    ['a property with the name of a global', 'src/lib/core/a.ts', 'const id = child.process.env;'],
  ])('allow %s', (_title, path, code) => {
    expect(breaches([file(path, code)])).toEqual([]);
  });

  test('find a cycle over three files, once', () => {
    const ring = [
      file('src/lib/core/a.ts', "import './b.ts';"),
      file('src/lib/core/b.ts', "import type { C } from './c.ts';"),
      file('src/lib/core/c.ts', "export * from './a.ts';"),
    ];
    expect(cycles(ring)).toEqual([
      'src/lib/core/a.ts → src/lib/core/b.ts → src/lib/core/c.ts → src/lib/core/a.ts',
    ]);
  });
});
