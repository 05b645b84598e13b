import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import { drift } from '../../../src/lib/core/plan.ts';
import { queuePurge } from '../../../src/lib/operations/queue/purge.ts';
import { queueRestore } from '../../../src/lib/operations/queue/restore.ts';
import { message, oddities } from '../../contract/queue/messages.ts';
import { redisQueue } from '../../contract/queue/redis-queue.ts';
import { type RedisServer, startRedis } from '../../servers/redis.ts';
import { type OperationContext, operationContext } from './operation-context.ts';

let server: RedisServer;
let queue: Awaited<ReturnType<typeof redisQueue>>;
let folder: string;
let context: OperationContext;

beforeAll(async () => {
  server = await startRedis({ configuration: { 'enable-debug-command': 'yes' } });
});
afterAll(() => server.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-purge-'));
  queue = await redisQueue(server);
  context = operationContext({ ...queue, archiveFolder: join(folder, 'archives', 'test') });
});
afterEach(async () => {
  await queue.close();
  await rm(folder, { recursive: true });
});

const culprits = { conversationIds: [6, 7] };

/** Messages of ten conversations, two of them culprits, with oddities between. */
async function fill(): Promise<void> {
  const email = Array.from({ length: 100 }, (_, i) =>
    message(i, { conversationId: i % 10, clientId: i % 4 }),
  );
  await queue.writer.enqueue('email', [...email.slice(0, 50), ...oddities, ...email.slice(50)]);
  await queue.writer.enqueue('sms', email.slice(0, 30));
}

async function contents(): Promise<{ email: Buffer[]; sms: Buffer[] }> {
  return { email: await queue.visible('email'), sms: await queue.visible('sms') };
}

async function purge(input: object = culprits, within = context) {
  const plan = await queuePurge.plan(within, queuePurge.input.parse(input));
  await queuePurge.apply(within, plan);
  return { plan, checks: await queuePurge.verify(within, plan) };
}

test('the plan says what would be taken, by client and conversation, and changes nothing', async () => {
  await fill();
  const digest = await queue.redis.call('DEBUG', 'DIGEST');
  const plan = await queuePurge.plan(context, queuePurge.input.parse(culprits));
  expect(plan.summary).toMatch(/^Take 26 messages out of email, sms \(messages of conversations 6, 7\)/);
  expect(plan.changes.map(({ id, count }) => [id, count])).toEqual([
    ['quarantine:email', 20],
    ['quarantine:sms', 6],
    ['archive:email', 20],
    ['archive:sms', 6],
  ]);
  expect(plan.blastRadius.conversations.map(({ id }) => id)).toEqual([6, 7]);
  expect(plan.blastRadius.messages).toBe(26);
  expect(plan.notes.join('\n')).toMatch(/cannot be read .* they stay where they are/);
  expect(plan.notes.join('\n')).toMatch(/Names .* orchestrator is down/);
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  expect(await queue.redis.call('DEBUG', 'DIGEST')).toBe(digest);
});

test('a purge archives exactly the selection; undoing any of its steps puts the channel back', async () => {
  await fill();
  const before = await contents();
  const { checks, plan } = await purge();
  expect(checks.filter((check) => !check.ok)).toEqual([]);
  const after = await contents();
  expect(after.email.length).toBe(before.email.length - 20);
  const [depth] = await queue.reader.depths(['email']);
  expect(depth).toMatchObject({ archived: 20, quarantined: 0, held: 0 });
  const manifest = await context.read.archive.show(plan.data.purgeId);
  expect(manifest).toMatchObject({
    schema: 'spillway/archive/1',
    state: 'sealed',
    messages: 26,
    target: 'test',
  });
  expect(manifest.conversations).toEqual([
    { id: 6, messages: 13 },
    { id: 7, messages: 13 },
  ]);
  const step = context.steps.find(({ change }) => change.id === 'archive:email');
  await queuePurge.undo(context, step === undefined ? [] : [step]);
  expect(await contents()).toEqual({ email: before.email, sms: after.sms });
  await queuePurge.undo(context, context.steps.slice(0, 2));
  expect(await contents()).toEqual(before);
});

test('restore puts all of it back once; a second restore has nothing to do', async () => {
  await fill();
  const before = await contents();
  const { plan } = await purge({ all: true });
  expect(await contents()).toEqual({ email: [], sms: [] });
  const archiveId = plan.data.purgeId;
  const again = async () => {
    const restore = await queueRestore.plan(context, queueRestore.input.parse({ archiveId }));
    await queueRestore.apply(context, restore);
    return { restore, checks: await queueRestore.verify(context, restore) };
  };
  const { restore, checks } = await again();
  expect(restore.changes.map(({ count }) => count)).toEqual([before.email.length, before.sms.length]);
  expect(checks.every(({ ok }) => ok)).toBe(true);
  expect(await contents()).toEqual(before);
  context.steps.length = 0;
  expect((await again()).restore.changes).toEqual([]);
  expect(await contents()).toEqual(before);
  await expect(queueRestore.plan(context, { archiveId: 'purge-none' })).rejects.toMatchObject({
    code: 'usage',
  });
});

test('an archive is private: folder 0700, files 0600', async () => {
  await fill();
  const { plan } = await purge({ all: true, channels: ['email'] });
  const place = join(folder, 'archives', 'test', plan.data.purgeId);
  const files = (await readdir(place)).sort();
  expect(files.filter((file) => file.endsWith('.zst'))).toEqual([expect.stringMatching(/^email\.1-000001/)]);
  expect((await stat(place)).mode & 0o777).toBe(0o700);
  for (const file of files) expect((await stat(join(place, file))).mode & 0o777).toBe(0o600);
});

test('a damaged archive is found by verify, and a restore stops before its first message', async () => {
  await fill();
  const { plan } = await purge();
  const place = join(folder, 'archives', 'test', plan.data.purgeId);
  const file = join(place, 'email.1-000001.ndjson.zst');
  const bytes = await readFile(file);
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  await writeFile(file, bytes);
  const verification = await context.read.archive.verify(plan.data.purgeId);
  expect(verification.ok).toBe(false);
  expect(verification.files.find(({ ok }) => !ok)?.detail).toMatch(/checksum/);
  const restore = await queueRestore.plan(context, { archiveId: plan.data.purgeId });
  await expect(queueRestore.apply(context, restore)).rejects.toThrow(/checksum/);
  expect((await queue.reader.purge(plan.data.purgeId)).map(({ restored }) => restored)).toEqual([0, 0]);
});

test('draining and a little growth are no drift; much growth and another conversation of a client are', async () => {
  await fill();
  const byConversation = await queuePurge.plan(context, culprits);
  const byClient = await queuePurge.plan(context, { clientIds: [3] });
  const moved = async (plan: typeof byClient) =>
    drift(plan.basis, (await queuePurge.measure?.(context, plan)) ?? plan.basis);
  for (let i = 0; i < 40; i += 1) await queue.take('email');
  await queue.writer.enqueue('email', [message(1_000, { conversationId: 7, clientId: 3 })]);
  expect(await moved(byConversation)).toEqual([]);
  expect(await moved(byClient)).toEqual([]);
  await queue.writer.enqueue('email', [message(1_001, { conversationId: 99, clientId: 3 })]);
  expect(await moved(byConversation)).toEqual([]);
  expect(await moved(byClient)).toEqual([expect.stringMatching(/^conversations .* and is .*99$/)]);
  const many = Array.from({ length: 300 }, (_, i) => message(2_000 + i, { conversationId: 6 }));
  await queue.writer.enqueue('sms', many);
  expect(await moved(byConversation)).toEqual(['messages to take from sms was 6 and is 306']);
});

test('an empty selection is refused; all together with a list too', () => {
  for (const bad of [
    {},
    { conversationIds: [] },
    { all: false },
    { all: true, clientIds: [1] },
    { everything: true },
  ])
    expect(queuePurge.input.safeParse(bad).success).toBe(false);
});

test('a purge that is stopped in the middle goes on with a new plan of the same selection, and another one is locked out', async () => {
  await fill();
  const before = await contents();
  let calls = 0;
  const stopping = operationContext({
    ...queue,
    archiveFolder: join(folder, 'archives', 'test'),
    checkpoint: async () => {
      calls += 1;
      if (calls > 2) throw new SpillwayError('interrupted', 'Ctrl-C');
    },
  });
  await expect(purge(culprits, stopping)).rejects.toMatchObject({ code: 'interrupted' });
  const [state] = await queue.reader.purges();
  await expect(queuePurge.plan(context, { clientIds: [1] })).rejects.toMatchObject({ code: 'locked' });
  const { plan, checks } = await purge();
  expect(plan.data.purgeId).toBe(state?.purgeId);
  expect(checks.every(({ ok }) => ok)).toBe(true);
  await queuePurge.undo(context, context.steps.slice(0, 2));
  expect(await contents()).toEqual(before);
});

test('what consumers put back while the purge runs is taken too', async () => {
  const inHand = message(500, { conversationId: 7 });
  await queue.writer.enqueue('sms', [inHand, message(501, { conversationId: 7 })]);
  await queue.take('sms');
  setTimeout(() => void queue.defer('sms', inHand), 30);
  const { checks } = await purge({ ...culprits, channels: ['sms'] });
  expect(checks.filter((check) => !check.ok)).toEqual([]);
  expect(await queue.visible('sms')).toEqual([]);
});

test('the probe tells not begun, begun and done', async () => {
  await fill();
  const { plan } = await purge();
  const step = context.steps.find(({ change }) => change.id === 'quarantine:email');
  if (step === undefined) throw new Error('no step');
  expect(await queuePurge.probe?.(context, step)).toBe('done');
  const undo = { purgeId: 'purge-other', channel: 'email' };
  expect(await queuePurge.probe?.(context, { ...step, undo })).toBe('not-done');
  await queue.writer.openPurge({ purgeId: 'purge-other', channel: 'email', part: 1 }, plan.data.selector);
  expect(await queuePurge.probe?.(context, { ...step, undo })).toBe('partial');
});
