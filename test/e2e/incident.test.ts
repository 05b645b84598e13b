import { beforeAll, expect, test } from 'vitest';
import type { LabStormResult } from '../../src/lib/lab/storm.ts';
import {
  archivedMessages,
  bookSize,
  culpritsOf,
  imbalance,
  type Message,
  queuedMessages,
  queueRows,
  stormBooks,
  sum,
  waitingTexts,
} from './books.ts';
import { E2eLab } from './e2e-lab.ts';

const messages = 60_000;
/** The test messages of corrective action 13, one a channel. */
const canaries = 4;
const balanced = { email: 0, sms: 0, push: 0, webhook: 0 };

interface RunDocument {
  readonly runId: string;
  readonly incidentId: string;
  readonly status: string;
  readonly steps: readonly { readonly id: string; readonly status: string }[];
}

let lab: E2eLab;
let storm: LabStormResult;
let culprits: readonly number[] = [];
let run: RunDocument;
/** Messages of other conversations that waited behind the storm's when the run began. */
let bystanders: readonly Message[] = [];

beforeAll(async () => {
  lab = await E2eLab.up();
  return () => lab.down();
});
beforeAll(async () => {
  storm = await lab.storm(messages, 5);
  culprits = culpritsOf(storm);
});

/** Asks `errors top` until it has seen the storm in full swing; the file's own time limit ends it. */
async function topEight(): Promise<readonly number[]> {
  for (;;) {
    const { conversations } = await lab.json<{
      readonly conversations: readonly { readonly conversationId: number }[];
    }>(['errors', 'top', '--probes', '5']);
    if (conversations.length >= 8)
      return conversations.slice(0, 8).map(({ conversationId }) => conversationId);
  }
}

test('errors top, before anything is stopped: the first 8 are the 8 conversations of the storm', async () => {
  expect([...(await topEight())].sort((a, b) => a - b)).toEqual(culprits);
});

test('the scripted runbook comes to its end, with every step done but the clean-up of all queues, and its gate chooses the purge', async () => {
  bystanders = (await queuedMessages(lab)).filter(({ conversationId }) => !culprits.includes(conversationId));
  run = await lab.json<RunDocument>([
    ...['runbook', 'run', 'error-log-storm', '--confirm', 'lab'],
    // a third of the expected level is told from a standstill on a busy machine, too
    ...['--input', 'expectedShare=0.3'],
  ]);
  expect(run.status).toBe('done');
  expect(run.steps.filter(({ status }) => status !== 'done')).toEqual([
    expect.objectContaining({ id: 'purgeEverything', status: 'skipped' }),
  ]);
  expect(run.steps.map(({ id }) => id)).toContain('purge');
});

test("every archived record is of the storm's 8 conversations", async () => {
  const archived = await archivedMessages(lab);
  expect(archived.length).toBeGreaterThan(0);
  expect(archived.filter(({ conversationId }) => !culprits.includes(conversationId))).toEqual([]);
});

test('the account is exact in every channel: injected = delivered + failed + archived + waiting + in work + quarantined', async () => {
  expect(imbalance(await queueRows(lab))).toEqual(balanced);
});

test('every message of the storm is in exactly one place: the error log, the archives or a queue; none is lost and none stands twice', async () => {
  const books = await stormBooks(lab, storm);
  expect(bookSize(books)).toEqual({ entries: messages, distinct: messages });
  const rows = await queueRows(lab);
  expect(books.failed.length).toBe(sum(rows, (row) => row.failed));
  expect(books.archived.length).toBe(sum(rows, (row) => row.archived));
});

test('every message of the other conversations was delivered or still waits: none failed, none was archived', async () => {
  const [archived, rows] = [await archivedMessages(lab), await queueRows(lab)];
  const injected = sum(rows, (row) => row.injected) - messages - canaries;
  const delivered = sum(rows, (row) => row.delivered) - canaries;
  const books = await stormBooks(lab, storm);
  const waiting = sum(rows, (row) => row.waiting + row.processing) - books.queued.length;
  expect(injected).toBe(delivered + waiting);
  expect(bystanders.length).toBeGreaterThan(0);
  const taken = new Set(archived.map(({ id }) => id));
  expect(bystanders.filter(({ id }) => taken.has(id))).toEqual([]);
  const failed = await lab.inside.query(
    'select message_id from orchestrator.error_log where not conversation_id = any($1)',
    [culprits],
  );
  expect(failed).toEqual([]);
});

test('the timeline of the incident holds the corrective actions 1 to 14 of the report, in their order', async () => {
  const { entries } = await lab.json<{
    readonly entries: readonly { readonly kind: string; readonly action: number | null }[];
  }>(['incident', 'timeline', run.incidentId]);
  const actions = entries.filter(({ kind, action }) => kind !== 'skipped' && action !== null);
  expect(actions.map(({ action }) => action)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
});

test('Slack was told of the incident and of its end; the status page went from investigating to resolved', async () => {
  const { entries } = await lab.json<{
    readonly entries: readonly {
      readonly kind: string;
      readonly status: number;
      readonly request: { readonly body: string };
    }[];
  }>(['lab', 'inbox']);
  const bodies = (kind: string) =>
    entries.filter((entry) => entry.kind === kind).map(({ request }) => JSON.parse(request.body));
  expect(entries.every(({ status }) => status < 300)).toBe(true);
  expect(bodies('slack').map(({ text }) => text)).toEqual([
    expect.stringContaining('Incident on lab'),
    expect.stringContaining('Resolved on lab'),
  ]);
  expect(bodies('statuspage').map(({ incident }) => incident.status)).toEqual([
    'investigating',
    'identified',
    'monitoring',
    'resolved',
  ]);
});

test('status names the 8 conversations that stay stopped, and who stopped them', async () => {
  const { incident, heldBack } = await lab.json<{
    readonly incident: { readonly runs: readonly { readonly id: string; readonly actor: string }[] };
    readonly heldBack: {
      readonly value: {
        readonly switches: { readonly injection: { readonly state: string } };
        readonly stoppedConversations: readonly { readonly id: number; readonly updatedBy: string }[];
      };
    };
  }>(['status']);
  const { switches, stoppedConversations } = heldBack.value;
  const actor = incident.runs.find(({ id }) => id === run.runId)?.actor;
  expect(actor).toMatch(/.@./);
  expect(
    stoppedConversations
      .map(({ id, updatedBy }) => [id, updatedBy])
      .sort(([a], [b]) => Number(a) - Number(b)),
  ).toEqual(culprits.map((id) => [id, actor]));
  expect(switches.injection.state).toBe('on');
});

test('undo of the run: the conversations are active, injection is on, and the queues hold every archived message again, each once', async () => {
  await lab.stopServices();
  const before = await stormBooks(lab, storm);
  await lab.json(['undo', run.runId, '--yes']);
  const after = await stormBooks(lab, storm);
  expect(after.queued).toEqual([...before.queued, ...before.archived].sort());
  expect(new Set(after.queued).size).toBe(after.queued.length);
  expect(after.failed).toEqual(before.failed);
  expect(imbalance(await queueRows(lab))).toEqual(balanced);
  expect(sum(await queueRows(lab), (row) => row.archived)).toBe(0);
  const stopped = await lab.inside.query(
    "select id from orchestrator.conversations where status = 'stopped'",
  );
  expect(stopped).toEqual([]);
  const injection = await lab.inside.query(
    "select value ->> 'state' as state from orchestrator.settings where key = 'injection'",
  );
  expect(injection).toEqual([{ state: 'on' }]);
});

test('a second undo of the run, and a restore of what it had archived, find nothing left to do and change no queue', async () => {
  const before = await waitingTexts(lab);
  const { archives } = await lab.json<{ readonly archives: readonly { readonly id: string }[] }>([
    'queue',
    'archives',
  ]);
  expect((await lab.json<{ readonly changes: unknown[] }>(['undo', run.runId, '--yes'])).changes).toEqual([]);
  for (const { id } of archives)
    expect(await lab.json(['queue', 'restore', id, '--yes'])).toMatchObject({ status: 'nothing-to-do' });
  expect(await waitingTexts(lab)).toEqual(before);
});

test('queue restore after queue purge: every queue is byte for byte what it was, and a second restore adds nothing', async () => {
  const before = await waitingTexts(lab);
  const purge = await lab.json<{ readonly plan: { readonly data: { readonly purgeId: string } } }>([
    ...['queue', 'purge', '--conversation', culprits.join(','), '--confirm', 'lab'],
  ]);
  expect((await stormBooks(lab, storm)).queued).toEqual([]);
  const { purgeId } = purge.plan.data;
  await lab.json(['queue', 'restore', purgeId, '--yes']);
  expect(await waitingTexts(lab)).toEqual(before);
  expect(await lab.json(['queue', 'restore', purgeId, '--yes'])).toMatchObject({ status: 'nothing-to-do' });
  expect(await waitingTexts(lab)).toEqual(before);
  expect(imbalance(await queueRows(lab))).toEqual(balanced);
});

test('the journal of all this is whole, and its copy in the database agrees', async () => {
  expect(await lab.json(['journal', 'verify'])).toMatchObject({ verdict: 'anchored' });
});
