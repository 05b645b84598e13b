import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/core/clock.ts';
import { toJson } from '../../src/lib/core/json.ts';
import { fileJournal, type Journal } from '../../src/lib/journal/journal.ts';
import { orchestratorDatabase } from '../integration/orchestrator/fixture.ts';
import { thisProcess } from '../unit/journal/this-process.ts';
import { cliEnvironment, program, runCli } from './spawn-cli.ts';
import { stateWithTargets } from './target-file.ts';

const lab = { redis: { host: '127.0.0.1', port: 1 } };

/** The journal of target `lab`, written as the program would. */
async function journalOf(stateDir: string): Promise<Journal> {
  const folder = join(stateDir, 'state', 'spillway', 'targets', 'lab');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return fileJournal({ folder, target: 'lab', actor: 'ann@desk', clock: systemClock, identity: thisProcess });
}

test('--json prints exactly one document with its schema on standard output, for every read that needs no store', async () => {
  const stateDir = await stateWithTargets({ lab });
  const commands: readonly (readonly [readonly string[], string])[] = [
    [['incident', 'open', 'Deliveries are slow'], 'spillway/incident.open/1'],
    [['incident', 'list'], 'spillway/incident.list/1'],
    [['incident', 'show'], 'spillway/incident/1'],
    [['incident', 'timeline'], 'spillway/incident.timeline/1'],
    [['journal', 'show'], 'spillway/journal/1'],
    [['journal', 'verify'], 'spillway/journal.verify/1'],
    [['runbook', 'list'], 'spillway/runbook.list/1'],
    [['runbook', 'show', 'error-log-storm'], 'spillway/runbook.show/1'],
    [['runbook', 'check', 'error-log-storm'], 'spillway/runbook.check/1'],
  ];
  for (const [command, schema] of commands) {
    const { stdout, stderr, exitCode } = await runCli([...command, '--json'], { stateDir });
    expect({ command, stderr, exitCode }).toEqual({ command, stderr: '', exitCode: 0 });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ schema });
  }
});

test('a change prints its plan, what it did and how it was verified; undoing it brings everything back', async () => {
  const database = await orchestratorDatabase();
  const { host, port, user, password } = database;
  const postgres = { host, port, user, database: database.database, password: { env: 'PG_PASSWORD' } };
  const stateDir = await stateWithTargets({ lab: { postgres } });
  const env = { PG_PASSWORD: password };
  const statuses = async () =>
    database.query('select id, status from orchestrator.conversations order by id');
  const before = await statuses();
  const run = async (...args: string[]) => {
    const { stdout, exitCode } = await runCli([...args, '--json'], { stateDir, env });
    return { exitCode, document: JSON.parse(stdout) as Record<string, unknown> };
  };
  const planned = await run('conversations', 'stop', '1', '2', '--dry-run');
  expect(planned).toMatchObject({
    exitCode: 0,
    document: {
      schema: 'spillway/plan/1',
      operation: 'conversations.stop',
      target: 'lab',
      basis: { facts: expect.any(Array) },
      changes: [{ action: 'stop', count: 2, before: 'active', after: 'stopped', target: expect.any(String) }],
      blastRadius: { clients: expect.any(Array), conversations: [{ id: 1 }, { id: 2 }], messages: 0 },
      irreversible: [],
      commands: [expect.stringContaining('update')],
    },
  });
  expect(await statuses()).toEqual(before);
  const done = await run('conversations', 'stop', '1', '2', '--yes');
  expect(done).toMatchObject({
    exitCode: 0,
    document: {
      schema: 'spillway/change/1',
      status: 'done',
      steps: [{ status: 'done' }],
      checks: [{ ok: true }],
    },
  });
  expect(await statuses()).not.toEqual(before);
  const again = await run('conversations', 'stop', '1', '2', '--yes');
  expect(again).toMatchObject({ exitCode: 0, document: { status: 'nothing-to-do', runId: null } });
  const runId = String(done.document['runId']);
  expect(await run('undo', runId, '--dry-run')).toMatchObject({
    exitCode: 0,
    document: { schema: 'spillway/plan/1', operation: 'undo' },
  });
  expect(await run('undo', runId)).toMatchObject({ exitCode: 3, document: { code: 'refused' } });
  expect(await statuses()).not.toEqual(before);
  expect(await run('undo', runId, '--yes')).toMatchObject({
    exitCode: 0,
    document: { schema: 'spillway/undo/1' },
  });
  expect(await statuses()).toEqual(before);
});

test('a dry run of resuming a single command shows its journaled plan and changes nothing, whatever the consent', async () => {
  const database = await orchestratorDatabase();
  const { host, port, user, password } = database;
  const postgres = { host, port, user, database: database.database, password: { env: 'PG_PASSWORD' } };
  const stateDir = await stateWithTargets({ lab: { postgres } });
  const env = { PG_PASSWORD: password };
  const planned = await runCli(['conversations', 'stop', '1', '--dry-run', '--json'], { stateDir, env });
  const { schema: _schema, ...plan } = JSON.parse(planned.stdout) as Record<string, unknown>;
  const journal = await journalOf(stateDir);
  const op = 'conversations.stop';
  const opening = { kind: 'operation', name: op, incidentId: null, input: { conversationIds: [1] } };
  await journal.append({ type: 'run.started', run: 'run-killed', op: null, body: opening });
  await journal.append({
    type: 'plan.made',
    run: 'run-killed',
    op,
    body: { bookStep: null, plan: toJson(plan) },
  });
  const [change] = plan['changes'] as unknown[];
  const undo = { changes: [{ id: 1, from: 'active', to: 'stopped' }] };
  await journal.append({
    type: 'step.intended',
    run: 'run-killed',
    op,
    body: { stepId: 'step-killed', bookStep: null, change: toJson(change), undo },
  });
  const before = [await database.contents(), (await journal.read()).length];
  const dry = await runCli(['runbook', 'resume', '--dry-run', '--yes', '--confirm', 'lab', '--json'], {
    stateDir,
    env,
  });
  expect(dry.exitCode).toBe(0);
  expect(JSON.parse(dry.stdout)).toMatchObject({ schema: 'spillway/plan/1', operation: op });
  expect([await database.contents(), (await journal.read()).length]).toEqual(before);
  const resumed = await runCli(['runbook', 'resume', '--yes', '--json'], { stateDir, env });
  expect(JSON.parse(resumed.stdout)).toMatchObject({
    schema: 'spillway/change/1',
    status: 'done',
    steps: [{ id: 'step-killed', status: 'done' }],
  });
  expect(await database.query('select status from orchestrator.conversations where id = 1')).toEqual([
    { status: 'stopped' },
  ]);
});

test('more than a pipe holds comes through whole, and a reader that goes away is no error', async () => {
  const stateDir = await stateWithTargets({ lab });
  const journal = await journalOf(stateDir);
  for (let number = 0; number < 4; number += 1)
    await journal.append({ type: 'noted', run: null, op: null, body: { text: 'x'.repeat(200_000), number } });
  const { stdout } = await runCli(['journal', 'show', '--json'], { stateDir });
  expect((JSON.parse(stdout) as { records: unknown[] }).records).toHaveLength(5);
  const piped = spawn(
    '/bin/sh',
    ['-c', '"$0" "$1" journal show --json | head -c 10', process.execPath, program],
    {
      cwd: stateDir,
      env: cliEnvironment(stateDir),
    },
  );
  const [output, errors] = await Promise.all([text(piped.stdout), text(piped.stderr)]);
  expect({ output, errors }).toEqual({ output: '{"schema":', errors: '' });
});
