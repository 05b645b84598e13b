import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { LabStormResult } from '../../src/lib/lab/storm.ts';
import { bookSize, culpritsOf, imbalance, queueRows, stormBooks, sum } from './books.ts';
import { E2eLab } from './e2e-lab.ts';
import { Guide } from './guide.ts';
import { purgeProgress, purgeReaches } from './watched-purge.ts';

const balanced = { email: 0, sms: 0, push: 0, webhook: 0 };

interface StatusDocument {
  readonly lock: { readonly pid: number; readonly runId: string; readonly abandoned: boolean } | null;
  readonly unfinished: { readonly id: string } | null;
  readonly next: string;
}

interface JournalDocument {
  readonly records: readonly {
    readonly type: string;
    readonly run: string | null;
    readonly body: Readonly<Record<string, unknown>>;
  }[];
}

const pauseAndResume = `schema: spillway/runbook/1
id: pause-and-resume
title: Pause and resume
description: Two changes, and a prompt between them.
source: a test
steps:
  - id: pause
    title: Pause the injection
    why: It takes the lock.
    operation: activations.pause
    with:
      all: true
  - id: resume
    title: Resume the injection
    why: Its prompt keeps the lock.
    operation: activations.resume
    with:
      all: true
`;

let lab: E2eLab;

beforeAll(async () => {
  lab = await E2eLab.up();
  return () => lab.down();
});

async function journal(): Promise<JournalDocument['records']> {
  return (await lab.json<JournalDocument>(['journal', 'show', '--limit', '10000'])).records;
}

/** Keeps the lock of a dead process from lapsing while a busy machine is slow to look at it. */
async function keepDeadLock(): Promise<void> {
  expect(await lab.inside.withRedis((redis) => redis.persist('spillway:{lock}:holder'))).toBe(1);
}

/** A storm whose conversations are stopped as soon as it stands in the queues: what is to be purged. */
async function stoppedStorm(messages: number, seed: number): Promise<LabStormResult> {
  await lab.reactivateAll();
  const storm = await lab.storm(messages, seed);
  await lab.json(['conversations', 'stop', ...culpritsOf(storm).map(String), '--yes']);
  return storm;
}

function purgeOf(storm: LabStormResult): string[] {
  return ['queue', 'purge', '--conversation', culpritsOf(storm).join(','), '--confirm', 'lab'];
}

test('a runbook killed with SIGKILL while it quarantines, and again while it archives, resumes to its end: the account is exact, no message is lost or doubled, each dead lock is taken over and journaled', async () => {
  const messages = 60_000;
  const storm = await lab.storm(messages, 31);
  // only a measurement can choose the purge, and the gate that is not measured chooses it too; the restart is proved elsewhere
  const skips = ['--skip', 'relief=it is clear that a purge is needed', '--skip', 'restart=not this time'];
  const inputs = ['--input', 'expectedShare=0.3'];
  const resume = (runId: string) => ['runbook', 'resume', runId, '--confirm', 'lab', ...skips];
  const json = ['--json', '--no-input'];

  const first = lab.start([
    ...['runbook', 'run', 'error-log-storm', '--confirm', 'lab', ...skips, ...inputs, ...json],
  ]);
  await purgeReaches(lab, first, ({ quarantined }) => quarantined > 0);
  first.child.kill('SIGKILL');
  await keepDeadLock();
  expect(await first.result).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  const afterFirst = await purgeProgress(lab);
  expect(afterFirst.quarantined).toBeGreaterThan(0);
  expect(afterFirst.archived).toBe(0);
  expect(imbalance(await queueRows(lab))).toEqual(balanced);

  const status = await lab.json<StatusDocument>(['status']);
  const runId = (await journal()).findLast(({ type }) => type === 'run.started')?.run ?? '';
  expect(status.unfinished?.id).toBe(runId);
  expect(status.next).toContain(`spillway runbook resume ${runId}`);
  expect(status.lock).toMatchObject({ pid: first.child.pid, runId, abandoned: true });

  const second = lab.start([...resume(runId), ...json]);
  await purgeReaches(lab, second, ({ archived, quarantined }) => archived > 0 && quarantined > 0);
  second.child.kill('SIGKILL');
  await keepDeadLock();
  expect(await second.result).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  const afterSecond = await purgeProgress(lab);
  expect(afterSecond.archived).toBeGreaterThan(0);
  expect(afterSecond.quarantined).toBeGreaterThan(0);
  expect(imbalance(await queueRows(lab))).toEqual(balanced);

  const last = await lab.json<{ readonly runId: string; readonly status: string }>(resume(runId));
  expect(last).toMatchObject({ runId, status: 'done' });
  expect(await purgeProgress(lab)).toEqual({ quarantined: 0, archived: 0, stages: [] });
  const rows = await queueRows(lab);
  expect(imbalance(rows)).toEqual(balanced);
  const books = await stormBooks(lab, storm);
  expect(bookSize(books)).toEqual({ entries: messages, distinct: messages });
  expect(books.archived.length).toBe(sum(rows, ({ archived }) => archived));
  const takenFrom = (await journal())
    .filter(({ type, run }) => type === 'lock.taken-over' && run === runId)
    .map(({ body }) => (body['from'] as { readonly pid: number }).pid);
  expect(takenFrom).toEqual([first.child.pid, second.child.pid]);
  const { verifications } = await lab.json<{ readonly verifications: readonly { readonly ok: boolean }[] }>([
    ...['queue', 'archives', '--verify'],
  ]);
  expect(verifications.map(({ ok }) => ok)).toEqual([true]);
  expect((await lab.json<StatusDocument>(['status'])).unfinished).toBeNull();
});

test('while a guided run waits at its prompt with the lock, another change ends with exit code 6, names the holder and changes nothing; when the run has ended, the same change is made', async () => {
  const file = join(lab.stateDir, 'pause-and-resume.yaml');
  await writeFile(file, pauseAndResume);
  const terminal = lab.terminal(['runbook', 'run', file]);
  onTestFinished(terminal.close);
  const guide = new Guide(terminal);
  await guide.next();
  await guide.pick('Apply it');
  expect(await guide.next()).toMatchObject({ step: 'Resume the injection' });

  const change = ['conversations', 'stop', '1', '--yes'];
  const status = () => lab.inside.query('select status from orchestrator.conversations where id = 1');
  const refusal = await lab.json<{ readonly message: string; readonly details: { readonly runId: string } }>(
    change,
    6,
  );
  expect(refusal).toMatchObject({ code: 'locked', details: { pid: terminal.pid } });
  expect(refusal.message).toContain(`process ${terminal.pid}`);
  expect(refusal.message).toContain(refusal.details.runId);
  expect(await status()).toEqual([{ status: 'active' }]);
  expect(await lab.json(['status'])).toMatchObject({
    lock: { pid: terminal.pid, runId: refusal.details.runId, abandoned: false },
    unfinished: null,
  });

  await guide.pick('Apply it');
  expect(await terminal.exitCode, terminal.history()).toBe(0);
  await lab.json(change);
  expect(await status()).toEqual([{ status: 'stopped' }]);
});

test('Ctrl-C during a purge: exit code 130, it says that what is done is journaled and how to resume; the resumption completes it and nothing is lost or doubled', async () => {
  const storm = await stoppedStorm(20_000, 33);
  const purge = lab.start([...purgeOf(storm), '--no-input']);
  await purgeReaches(lab, purge, ({ quarantined }) => quarantined > 0);
  purge.child.kill('SIGINT');
  const { exitCode, stderr } = await purge.result;
  expect(exitCode, stderr).toBe(130);
  expect(stderr).toContain('Stopping after the piece in work');
  expect(stderr).toContain('what is done is journaled');
  const runId = /spillway runbook resume (run-\w+)/.exec(stderr)?.[1] ?? 'no run named';
  expect((await purgeProgress(lab)).quarantined).toBeGreaterThan(0);
  expect(imbalance(await queueRows(lab))).toEqual(balanced);

  const resumed = await lab.json<{ readonly status: string }>([
    ...['runbook', 'resume', runId, '--confirm', 'lab'],
  ]);
  expect(resumed.status).toBe('done');
  const books = await stormBooks(lab, storm);
  expect(bookSize(books)).toEqual({ entries: 20_000, distinct: 20_000 });
  expect(books.queued).toEqual([]);
  expect(imbalance(await queueRows(lab))).toEqual(balanced);
});
