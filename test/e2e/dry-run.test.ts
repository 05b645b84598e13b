import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roles } from '../../src/lib/lab/names.ts';
import type { LabStormResult } from '../../src/lib/lab/storm.ts';
import { archivedMessages, culpritsOf, queueRows, sum } from './books.ts';
import { type DryRun, prepareDryRuns } from './dry-run-fixtures.ts';
import { documentOf, E2eLab } from './e2e-lab.ts';
import { type Fingerprint, fingerprint, quietenPostgres } from './fingerprint.ts';

interface PlanDocument {
  readonly schema: string;
  readonly changes: readonly {
    readonly id: string;
    readonly count: number;
    readonly after: Readonly<Record<string, unknown>> | null;
  }[];
  readonly blastRadius: { readonly messages: number };
  readonly data: { readonly purgeId: string };
}

interface Manifest {
  readonly commands: Readonly<Record<string, { readonly flags: Readonly<Record<string, unknown>> }>>;
}

let lab: E2eLab;
let storm: LabStormResult;
let dryRuns: readonly DryRun[] = [];

beforeAll(async () => {
  lab = await E2eLab.up();
  return () => lab.down();
});
beforeAll(async () => {
  storm = await lab.storm(20_000, 21);
  await lab.stopServices();
  dryRuns = await prepareDryRuns(lab, storm);
  await quietenPostgres(lab);
});

/** Runs it as a dry run and demands that its plan has something to change. */
async function dryRun({ args, gives }: Pick<DryRun, 'args' | 'gives'>): Promise<PlanDocument> {
  const document = await lab.json([...args, '--dry-run']);
  const plans = (gives === 'plan' ? [document] : Object.values(document['plans'] ?? {})) as PlanDocument[];
  expect(plans.flatMap(({ changes }) => changes).length, args.join(' ')).toBeGreaterThan(0);
  expect(document['schema']).toBe(gives === 'plan' ? 'spillway/plan/1' : 'spillway/run/1');
  return document as unknown as PlanDocument;
}

/** The members that differ between two fingerprints, by part. */
function differences(before: Fingerprint, after: Fingerprint): string[] {
  const parts = Object.keys(before) as (keyof Fingerprint)[];
  return parts.flatMap((part) => {
    const [then, now] = [Object(before[part]), Object(after[part])] as Record<string, string>[];
    const names = new Set([...Object.keys(then ?? {}), ...Object.keys(now ?? {})]);
    return [...names].filter((name) => then?.[name] !== now?.[name]).map((name) => `${part} ${name}`);
  });
}

test('every command of the manifest that has --dry-run has a fixture here', () => {
  const file = new URL('../../oclif.manifest.json', import.meta.url);
  const { commands } = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  const able = Object.entries(commands).filter(([, { flags }]) => 'dry-run' in flags);
  expect([...new Set(dryRuns.map(({ command }) => command))].sort()).toEqual(
    able.map(([command]) => command).sort(),
  );
});

test('no --dry-run changes a table, a sequence, a key or a file, starts a writing transaction or sends Redis a writing command', async () => {
  let before = await fingerprint(lab);
  for (const one of dryRuns) {
    await dryRun(one);
    const after = await fingerprint(lab);
    expect(differences(before, after), `after ${one.args.join(' ')} --dry-run`).toEqual([]);
    before = after;
  }
});

test('the comparison is no formality: it names a changed row, a used sequence, a changed key and a new file', async () => {
  const before = await fingerprint(lab);
  await lab.withPostgres(roles.admin, (client) =>
    client.query(
      `with used as (select nextval(pg_get_serial_sequence('orchestrator.error_log', 'id')))
       update orchestrator.settings set updated_by = 'the test' from used where key = 'injection'`,
    ),
  );
  await lab.inside.withRedis((redis) => redis.hincrby('orchestrator:{email}:stats', 'injected', 1));
  await lab.inside.withRedis((redis) => redis.hincrby('orchestrator:{email}:stats', 'injected', -1));
  await lab.inside.withRedis((redis) => redis.pexpire('orchestrator:{sms}:queue', 86_400_000));
  await lab.json(['incident', 'note', 'one more record']);
  const found = differences(before, await fingerprint(lab));
  await lab.inside.withRedis((redis) => redis.persist('orchestrator:{sms}:queue'));
  expect(found).toEqual(
    expect.arrayContaining([
      'tables orchestrator.settings',
      'sequences orchestrator.error_log_id_seq',
      'keys orchestrator:{sms}:queue',
      'writeCalls hincrby',
      'files state/spillway/targets/lab/journal.ndjson',
    ]),
  );
  expect(found.some((name) => name.startsWith('nextTransaction'))).toBe(true);
});

/** Servers that refuse: Postgres lets the writing role not even log in, Redis runs no writing command. */
async function setFence(fence: { readonly postgres: boolean; readonly redis: boolean }): Promise<void> {
  await lab.withPostgres(roles.admin, (client) =>
    client.query(`alter role ${roles.operator} ${fence.postgres ? 'nologin' : 'login'}`),
  );
  await lab.inside.withRedis((redis) =>
    redis.call('ACL', 'SETUSER', 'default', fence.redis ? '-@write' : '+@all'),
  );
}

describe('with the fence up: Postgres lets only the reading role in, and Redis refuses every writing command', () => {
  afterAll(() => setFence({ postgres: false, redis: false }));

  test('every --dry-run gives its plan all the same', async () => {
    await setFence({ postgres: true, redis: true });
    // the audit of the whole runbook takes as long as all others together, and most of its operations are here by themselves
    for (const one of dryRuns.filter(({ command }) => command !== 'runbook:run')) await dryRun(one);
  });

  test('a change of the tables is refused by Postgres alone: exit 7, and no table has changed', async () => {
    await setFence({ postgres: true, redis: false });
    const before = await fingerprint(lab);
    const args = ['conversations', 'stop', String(culpritsOf(storm).at(-1)), '--yes'];
    expect(await lab.json(args, 7)).toMatchObject({ message: expect.stringContaining('login was refused') });
    const changed = differences(before, await fingerprint(lab));
    expect(changed.filter((name) => /^(tables|sequences|nextTransaction)/.test(name))).toEqual([]);
  });

  test('a change of the queues is refused by Redis alone: the missing permission is named, and no key has changed', async () => {
    await setFence({ postgres: false, redis: true });
    const before = await fingerprint(lab);
    const args = ['queue', 'purge', '--conversation', String(culpritsOf(storm).at(-1)), '--confirm', 'lab'];
    expect(await lab.json(args, 1)).toMatchObject({
      message: expect.stringContaining('the user lacks a permission'),
      suggestions: [expect.stringContaining('acl setuser')],
    });
    const changed = differences(before, await fingerprint(lab));
    expect(changed.filter((name) => /^(keys|writeCalls)/.test(name))).toEqual([]);
  });
});

test('the reading role may not write a single table, nor use a sequence, in any kind of transaction: the server refuses', async () => {
  const outcomes = await lab.withPostgres(roles.reader, async (client) => {
    const { rows } = await client.query<{ kind: string; name: string }>(
      `select c.relkind as kind, format('%I.%I', n.nspname, c.relname) as name
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'S') and n.nspname in ('orchestrator', 'lab', 'spillway')`,
    );
    const attempts = rows.flatMap(({ kind, name }) =>
      kind === 'S'
        ? [`select nextval('${name}')`, `select setval('${name}', 1)`]
        : [`delete from ${name}`, `truncate ${name}`, `insert into ${name} default values`],
    );
    const codes = new Map<string, string>();
    for (const attempt of attempts) {
      await client.query('begin read write');
      const failure = await client.query(attempt).then(
        () => 'was done',
        (error: { readonly code?: string }) => error.code ?? 'no code',
      );
      await client.query('rollback');
      codes.set(attempt, failure);
    }
    return codes;
  });
  expect(outcomes.size).toBeGreaterThan(20);
  // 42501: insufficient_privilege
  expect([...outcomes].filter(([, code]) => code !== '42501')).toEqual([]);
});

test('queue purge takes exactly what its --dry-run predicted, channel by channel, into the archive', async () => {
  const [, , , conversation = 0] = culpritsOf(storm);
  const args = ['queue', 'purge', '--conversation', String(conversation)];
  const predicted = await dryRun({ args, gives: 'plan' });
  const before = await queueRows(lab);
  const archivedBefore = (await archivedMessages(lab)).length;
  await lab.json([...args, '--confirm', 'lab']);
  const after = await queueRows(lab);
  const taken = Object.fromEntries(
    before.map((row, index) => [`archive:${row.channel}`, row.waiting - (after[index]?.waiting ?? 0)]),
  );
  const counts = predicted.changes
    .filter(({ id }) => id.startsWith('archive:'))
    .map(({ id, count }) => [id, count]);
  expect(Object.fromEntries(counts)).toEqual(taken);
  expect(sum(after, (row) => row.archived) - sum(before, (row) => row.archived)).toBe(
    predicted.blastRadius.messages,
  );
  const archived = (await archivedMessages(lab)).slice(archivedBefore);
  expect(archived.length).toBe(predicted.blastRadius.messages);
});

test('conversations stop changes exactly the rows that its --dry-run predicted, and nothing else but the journal', async () => {
  const args = ['conversations', 'stop', ...culpritsOf(storm).map(String)];
  const predicted = await dryRun({ args, gives: 'plan' });
  const stoppedIds = async () =>
    (
      await lab.inside.query<{ id: number }>(
        "select id from orchestrator.conversations where status = 'stopped'",
      )
    ).map(({ id }) => id);
  const [stoppedBefore, before] = [await stoppedIds(), await fingerprint(lab)];
  documentOf(await lab.run([...args, '--yes', '--json']), args);
  const [stoppedAfter, after] = [await stoppedIds(), await fingerprint(lab)];
  expect(stoppedAfter.length - stoppedBefore.length).toBe(sumOf(predicted));
  expect(stoppedAfter.sort((a, b) => a - b)).toEqual(culpritsOf(storm));
  const tables = differences(before, after).filter((name) => /^(tables|sequences|keys)/.test(name));
  expect(tables).toEqual([
    'tables orchestrator.conversations',
    'tables spillway.journal',
    'keys spillway:{lock}:fence',
  ]);
});

function sumOf({ changes }: PlanDocument): number {
  return changes.reduce((total, { count }) => total + count, 0);
}
