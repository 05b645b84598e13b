import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { SpillwayError } from '../../../src/lib/core/errors.ts';
import { findRunbooks, loadRunbook, parseRunbook } from '../../../src/lib/runbook/loader.ts';

const known = ['volume.show', 'queue.purge', 'snapshot.create'];

const head = ['schema: spillway/runbook/1', 'id: test', 'title: Test', 'description: d', 'source: s'];
const step = (id: string, ...more: readonly string[]) => [
  `  - id: ${id}`,
  '    title: t',
  '    why: w',
  ...more.map((line) => `    ${line}`),
];
const book = (...parts: readonly (readonly string[])[]) => [...head, 'steps:', ...parts.flat()].join('\n');

function faultsOf(text: string): unknown {
  try {
    parseRunbook(text, 'test.yaml', known);
  } catch (error) {
    const { code, message } = error as SpillwayError;
    expect(code).toBe('usage');
    return message.split('\n').slice(1);
  }
  throw new Error('the runbook was taken');
}

it('fills in defaults', () => {
  const { steps } = parseRunbook(book(step('one', 'operation: volume.show')), 'test.yaml', known);
  expect(steps).toEqual([
    { id: 'one', title: 't', why: 'w', operation: 'volume.show', with: {}, expect: [], onFailure: 'stop' },
  ]);
});

it('places faults of the syntax', () => {
  expect(faultsOf('schema: x\nid: [a\n')).toEqual([expect.stringMatching(/^test\.yaml:3:1: /)]);
  expect(faultsOf(`${book(step('one'))}\n    title: again`)).toEqual([
    'test.yaml:10:5: this key stands twice; each may stand once',
  ]);
  expect(faultsOf('')).toEqual([expect.stringMatching(/^test\.yaml:1:1: .*expected object/)]);
});

it('places faults of the schema, with the nearest known name', () => {
  expect(
    faultsOf(book(step('one', 'operaton: volume.show', 'retry: { attempts: 0, intervalSeconds: 1 }'))),
  ).toEqual([
    'test.yaml:10:5: steps[1]: "operaton" is not known here (did you mean operation?)',
    expect.stringMatching(/^test\.yaml:11:24: steps\[1\]\.retry\.attempts: /),
  ]);
});

it('needs a default for a gate', () => {
  const gate = ['gate:', '  branches: [{ when: "true", to: end, title: t }]'];
  expect(faultsOf(book(step('one', ...gate)))).toEqual([
    expect.stringMatching(/^test\.yaml:\d+:\d+: steps\[1\]\.gate\.default: /),
  ]);
});

it('places unknown operations, steps and inputs', () => {
  const text = book(
    step('one', 'operation: volume.shwo', 'when: inputs.nothing'),
    step('two', 'with: { a: [{ cel: "1 + steps.oen.data.x" }] }', 'snapshotGuard: one'),
  );
  expect(faultsOf(text)).toEqual([
    'test.yaml:10:16: there is no operation "volume.shwo" (did you mean volume.show?)',
    'test.yaml:11:11: there is no input "nothing"',
    'test.yaml:15:29: there is no step "oen" (did you mean one?)',
    'test.yaml:16:20: step one makes no snapshot: its operation is not snapshot.create',
  ]);
});

it('places faults within an expression', () => {
  expect(faultsOf(book(step('one', 'expect: [{ cel: "1 + + 2", message: m }]')))).toEqual([
    expect.stringMatching(/^test\.yaml:10:26: not a valid expression: /),
  ]);
});

it('lets a gate go forward only', () => {
  const gate = [
    'gate:',
    '  branches: [{ when: "true", to: one, title: t }]',
    '  default: { to: end, title: t }',
  ];
  expect(faultsOf(book(step('one'), step('two', ...gate)))).toEqual([
    expect.stringContaining('a gate goes forward only, and one does not come after two'),
  ]);
});

it('knows a later step nowhere, and its own data only where it has run', () => {
  const own = step('one', 'operation: volume.show', 'expect: [{ cel: steps.one.data.ok, message: m }]');
  expect(parseRunbook(book(own), 'test.yaml', known).steps).toHaveLength(1);
  expect(faultsOf(book(step('one', 'when: steps.one.data.ok')))).toEqual([
    expect.stringContaining('step one comes later'),
  ]);
  expect(faultsOf(book(step('one', 'when: steps.two.data.ok'), step('two')))).toEqual([
    expect.stringContaining('step two comes later'),
  ]);
});

it('refuses a step that exists already, and one that is called end', () => {
  expect(faultsOf(book(step('one'), step('one'), step('end')))).toEqual([
    'test.yaml:10:9: step "one" exists already',
    expect.stringContaining('"end" is the end of the runbook'),
  ]);
});

it('demands a guard before the step that it guards', () => {
  expect(
    faultsOf(
      book(
        step('purge', 'operation: queue.purge', 'snapshotGuard: copy'),
        step('copy', 'operation: snapshot.create'),
      ),
    ),
  ).toEqual([expect.stringContaining('its snapshot cannot guard this one')]);
});

it('expands no bomb of aliases', () => {
  const levels = Array.from(
    { length: 9 },
    (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`,
  );
  expect(faultsOf(['a0: &a0 x', ...levels].join('\n'))).toEqual([expect.stringMatching(/alias/i)]);
});

it('finds runbooks by name and by path, those of the working folder first', async () => {
  const root = await mkdtemp(join(tmpdir(), 'spillway-runbooks-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const places = { working: join(root, 'work'), shipped: join(root, 'shipped') };
  await mkdir(join(places.working, 'runbooks'), { recursive: true });
  await mkdir(places.shipped);
  const text = book(step('one'));
  await writeFile(join(places.shipped, 'storm.yaml'), text);
  await writeFile(join(places.shipped, 'other.yaml'), text);
  await writeFile(join(places.working, 'runbooks', 'storm.yaml'), text);
  await writeFile(join(places.working, 'own.yml'), text);
  expect((await findRunbooks(places)).map((one) => one.name)).toEqual(['other', 'storm']);
  expect((await loadRunbook('storm', known, places)).file).toBe(
    join(places.working, 'runbooks', 'storm.yaml'),
  );
  expect((await loadRunbook('other', known, places)).file).toBe(join(places.shipped, 'other.yaml'));
  expect((await loadRunbook('own.yml', known, places)).book.id).toBe('test');
  await expect(loadRunbook('strom', known, places)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('other, storm'),
    suggestions: ['spillway runbook show storm', 'spillway runbook list'],
  });
  await expect(loadRunbook('./missing.yaml', known, places)).rejects.toMatchObject({ code: 'usage' });
});
