import { SpillwayError } from '../core/errors.ts';
import { backSince, deliveryRate, watchDeliveries } from './deliveries.ts';
import { type LabStormResult, labStorm } from './storm.ts';

/** Runs one command of the CLI as a process of its own and gives its JSON document. What it tells on standard error goes to the terminal. */
export type RunCli = (
  args: readonly string[],
) => Promise<{ readonly exitCode: number; readonly document: Readonly<Record<string, unknown>> }>;

export interface DemoOptions {
  readonly labFolder: string;
  readonly uid: number;
  readonly messages: number;
  readonly seed: number;
  /** Seconds over which throughput is measured before and after. */
  readonly measureSeconds: number;
  readonly runCli: RunCli;
  /** A line for the person who watches. */
  readonly tell: (line: string) => void;
}

/** Where every message that was ever injected is now. */
export interface DemoAccount {
  readonly injected: number;
  readonly delivered: number;
  readonly failed: number;
  readonly archived: number;
  /** Waiting, in work, or in quarantine. */
  readonly waiting: number;
  /** What the archives on disk hold, by their own manifests: must be `archived`. */
  readonly archivedOnDisk: number;
  readonly exact: boolean;
}

export interface DemoResult {
  readonly storm: LabStormResult;
  /** Seconds from the activation of the storm; null when it did not happen. */
  readonly secondsToCause: number | null;
  readonly secondsToCulprits: number | null;
  readonly secondsToRelief: number | null;
  /** Messages a second delivered to clients that have no part in the storm. */
  readonly before: number;
  readonly during: number;
  readonly after: number;
  readonly culpritsFound: boolean;
  readonly recovered: boolean;
  readonly account: DemoAccount;
  readonly runId: string;
  readonly incidentId: string;
}

interface RunDocument {
  readonly runId: string;
  readonly incidentId: string;
  readonly status: string;
  readonly steps: readonly {
    readonly id: string;
    readonly operation: string | null;
    readonly status: string;
    readonly finishedAt: string;
  }[];
}

const pause = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1_000));

/**
 * The incident and its resolution, measured from outside: by the orchestrator's own counters and by the archives on disk.
 * @throws SpillwayError `check-failed` when the runbook does not get to its end
 */
export async function playDemo(options: DemoOptions): Promise<DemoResult> {
  const { tell, measureSeconds } = options;
  const watch = watchDeliveries({ ...options, intervalMs: 500 });
  try {
    tell(`Baseline: deliveries in normal times, ${measureSeconds} s …`);
    await pause(measureSeconds);
    const baselineEnd = Date.now();
    tell(
      `Storm: 8 conversations are activated together, ${options.messages.toLocaleString('en-US')} messages with invalid recipients …`,
    );
    const storm = await labStorm({ ...options, conversations: 8 });
    const stormStart = Date.parse(storm.activatedAt);
    tell(
      `  injected in ${(storm.elapsedMs / 1_000).toFixed(1)} s (${Math.round(storm.ratePerSecond).toLocaleString('en-US')} messages/s)`,
    );
    tell(`Degradation: what the other clients get, ${measureSeconds} s …`);
    await pause(measureSeconds);
    const duringEnd = Date.now();
    const leaveOut = new Set(storm.conversations.map(({ clientId }) => clientId));
    const before = deliveryRate(watch.samples, 0, Math.min(baselineEnd, stormStart), leaveOut) ?? 0;
    const during = deliveryRate(watch.samples, duringEnd - measureSeconds * 1_000, duringEnd, leaveOut) ?? 0;
    tell(`  before ${Math.round(before)}/s, now ${Math.round(during)}/s`);
    tell('Response: spillway runbook run error-log-storm --no-input --confirm lab');
    const run = await respond(options.runCli);
    const runEnd = Date.now();
    tell(`Recovery: what the other clients get now, ${measureSeconds} s …`);
    await pause(measureSeconds);
    await settle(options.runCli, tell);
    const measureStart = Date.now();
    await pause(measureSeconds);
    await watch.stop();
    const after = deliveryRate(watch.samples, measureStart, Date.now(), leaveOut) ?? 0;
    const reliefAt = backSince(watch.samples, duringEnd, before * 0.8, 3_000, leaveOut);
    const secondsTo = (epochMs: number | null) => (epochMs === null ? null : (epochMs - stormStart) / 1_000);
    return {
      storm,
      secondsToCause: secondsTo(finishOf(run, 'errors.rate') ?? finishOf(run, 'database.health')),
      secondsToCulprits: secondsTo(finishOf(run, 'errors.top')),
      secondsToRelief: secondsTo(
        reliefAt === null ? null : Math.min(reliefAt, runEnd + measureSeconds * 1_000),
      ),
      before,
      during,
      after,
      culpritsFound: await culpritsMatch(options.runCli, storm),
      recovered: during <= before * 0.2 && after >= before * 0.8 && reliefAt !== null,
      account: await account(options.runCli),
      runId: run.runId,
      incidentId: run.incidentId,
    };
  } finally {
    await watch.stop();
  }
}

async function respond(runCli: RunCli): Promise<RunDocument> {
  const { exitCode, document } = await runCli([
    'runbook',
    'run',
    'error-log-storm',
    '--no-input',
    '--confirm',
    'lab',
    '--json',
  ]);
  if (exitCode !== 0) {
    throw new SpillwayError(
      'check-failed',
      `the runbook ended with exit code ${exitCode}: ${String(document['message'] ?? '')}`,
      {
        suggestions: Array.isArray(document['suggestions']) ? document['suggestions'].map(String) : [],
      },
    );
  }
  return document as unknown as RunDocument;
}

/** When the last step of that operation ended, epoch ms. */
function finishOf(run: RunDocument, operation: string): number | null {
  const step = run.steps.findLast((one) => one.operation === operation && one.status === 'done');
  return step === undefined ? null : Date.parse(step.finishedAt);
}

/** Waits, at most a minute, until what had piled up of the good messages is gone. */
async function settle(runCli: RunCli, tell: (line: string) => void): Promise<void> {
  for (let second = 0; second < 60; second += 2) {
    const queues = await queueList(runCli);
    const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
    if (waiting < 1_000) return;
    if (second === 0)
      tell(`  ${waiting.toLocaleString('en-US')} good messages that had piled up are being delivered …`);
    await pause(2);
  }
}

interface QueueRow {
  readonly waiting: number;
  readonly processing: number;
  readonly injected: number;
  readonly delivered: number;
  readonly failed: number;
  readonly quarantined: number;
  readonly archived: number;
}

async function queueList(runCli: RunCli): Promise<readonly QueueRow[]> {
  const { document } = await runCli(['queue', 'list', '--json']);
  return document['queues'] as readonly QueueRow[];
}

async function account(runCli: RunCli): Promise<DemoAccount> {
  const queues = await queueList(runCli);
  const { document } = await runCli(['queue', 'archives', '--json']);
  const archives = document['archives'] as readonly { readonly messages: number }[];
  const sum = (pick: (queue: QueueRow) => number) => queues.reduce((total, queue) => total + pick(queue), 0);
  const injected = sum((queue) => queue.injected);
  const delivered = sum((queue) => queue.delivered);
  const failed = sum((queue) => queue.failed);
  const archived = sum((queue) => queue.archived);
  const waiting = sum((queue) => queue.waiting + queue.processing + queue.quarantined);
  const archivedOnDisk = archives.reduce((total, archive) => total + archive.messages, 0);
  return {
    injected,
    delivered,
    failed,
    archived,
    waiting,
    archivedOnDisk,
    exact: injected === delivered + failed + archived + waiting && archived === archivedOnDisk,
  };
}

/** Whether the conversations that were stopped are those of the storm, all of them and no other. */
async function culpritsMatch(runCli: RunCli, storm: LabStormResult): Promise<boolean> {
  const { document } = await runCli(['conversations', 'list', '--status', 'stopped', '--json']);
  const stopped = (document['conversations'] as readonly { readonly id: number }[])
    .map(({ id }) => id)
    .sort((a, b) => a - b);
  const expected = storm.conversations.map(({ conversationId }) => conversationId).sort((a, b) => a - b);
  return stopped.length === expected.length && stopped.every((id, index) => id === expected[index]);
}
