import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabStormResult } from '../../src/lib/lab/storm.ts';
import { culpritsOf } from './books.ts';
import type { E2eLab } from './e2e-lab.ts';

/** One way to call a command that has `--dry-run`, in a state in which it has something to change. */
export interface DryRun {
  /** As in the manifest: `queue:purge`. */
  readonly command: string;
  readonly args: readonly string[];
  /** `plan`: one plan with changes. `audit`: a runbook's plans, one a changing step. */
  readonly gives: 'plan' | 'audit';
}

/** Conversations of the steady stream, whose activations never end. */
const paused = '1';
const injecting = '2';

/** A runbook that pauses injection and then fails: what it leaves can be resumed. */
const failingBook = `schema: spillway/runbook/1
id: fails-in-the-middle
title: Fails in the middle
description: Pauses the injection, and then demands what cannot be.
source: a test
steps:
  - id: pause
    title: Pause the injection
    why: There must be something to go on from.
    operation: activations.pause
    with:
      all: true
  - id: impossible
    title: Demand what cannot be
    why: The run must not come to its end.
    operation: errors.log
    expect:
      - cel: "false"
        message: This never holds
  - id: resume
    title: Resume the injection
    why: There must be a change left to do.
    operation: activations.resume
    with:
      all: true
`;

/** Leaves something behind for every command to go on from: stopped conversations, an archive, a run that failed, one to undo. */
export async function prepareDryRuns(lab: E2eLab, storm: LabStormResult): Promise<readonly DryRun[]> {
  const [stopped = 0, archived = 0, purged = 0] = culpritsOf(storm);
  await lab.json(['incident', 'open', 'Dry runs']);
  const stop = await lab.json<{ readonly runId: string }>([
    'conversations',
    'stop',
    String(stopped),
    '--yes',
  ]);
  await lab.json(['activations', 'pause', '--conversation', paused, '--yes']);
  const purge = await lab.json<{ readonly plan: { readonly data: { readonly purgeId: string } } }>([
    'queue',
    'purge',
    '--conversation',
    String(archived),
    '--confirm',
    'lab',
  ]);
  const book = join(lab.stateDir, 'fails-in-the-middle.yaml');
  await writeFile(book, failingBook);
  const failed = await lab.json<{ readonly details: { readonly runId: string } }>(
    ['runbook', 'run', book, '--confirm', 'lab'],
    4,
  );
  const plan = (command: string, ...args: string[]): DryRun => ({
    command,
    args: [...command.split(':'), ...args],
    gives: 'plan',
  });
  return [
    plan('activations:pause', '--conversation', injecting),
    plan('activations:resume', '--conversation', paused),
    plan('activations:resume', '--all'),
    plan('canary:send'),
    plan('conversations:resume', String(stopped)),
    plan('conversations:stop', ...culpritsOf(storm).map(String)),
    plan('errors:log', '--sample', '10'),
    plan('notify', 'slack', 'Deliveries are slow.'),
    plan('notify', 'status-page', 'We are looking at it.', '--state', 'investigating', '--title', 'Slow'),
    plan('queue:purge', '--conversation', String(purged)),
    plan('queue:purge', '--all'),
    plan('queue:restore', purge.plan.data.purgeId),
    plan('services:restart'),
    plan('snapshot:create'),
    plan('undo', stop.runId),
    { ...plan('runbook:resume', failed.details.runId), gives: 'audit' },
    {
      ...plan('runbook:run', 'error-log-storm', '--input', `culprits=${JSON.stringify(culpritsOf(storm))}`),
      gives: 'audit',
    },
  ];
}
