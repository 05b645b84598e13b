import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { dispatcherChannels, type ProcessName } from '../../src/lib/lab/names.ts';
import { processOf } from '../../src/lib/lab/record.ts';
import { restartLabService } from '../../src/lib/lab/restart.ts';
import { labStorm } from '../../src/lib/lab/storm.ts';
import { labTarget } from '../../src/lib/lab/target.ts';
import { host, TestLab, until } from './lab-fixture.ts';

const lab = await TestLab.make();
const dispatchers = Object.keys(dispatcherChannels) as ProcessName[];

beforeAll(() => lab.up(200));
afterAll(() => lab.down(true));
beforeEach(async () => {
  await lab.setSwitch('injection', { state: 'on' });
  await lab.setSwitch('error_log', { mode: 'off', sampleEvery: 1, expiresAt: null });
  // services obey within half a second
  await delay(500);
});

function storm(messages: number, seed: number) {
  return labStorm({ ...lab.options, messages, conversations: 8, seed });
}

function kill(name: ProcessName): void {
  process.kill(processOf(lab.record, name).process?.pid ?? 0, 'SIGKILL');
}

/** Waits until so many messages have failed in all and nothing but the steady stream is in the queues. */
function drained(failed: number) {
  return until(
    () => lab.account(),
    ({ total }) => total.failed >= failed && total.waiting + total.processing < 20,
  );
}

async function injectedBy(activations: readonly number[]): Promise<number[]> {
  const rows = await lab.query<{ injected: string }>(
    'select injected_messages as injected from orchestrator.activations where id = any($1) order by id',
    [activations],
  );
  return rows.map(({ injected }) => Number(injected));
}

test('the steady stream reaches all clients through all channels', async () => {
  const account = await until(
    () => lab.account(),
    ({ channels, total }) =>
      total.deliveredByClient.size === 40 &&
      channels.every(({ deliveredByClient }) => deliveredByClient.size > 30),
  );
  expect(account.total.failed).toBe(0);
  expect(account.channels.every(({ takenOut }) => takenOut === 0)).toBe(true);
});

test('a storm is exact: every message fails once, with an id of its own, by its seed', async () => {
  await lab.setSwitch('error_log', { mode: 'full' });
  await delay(500);
  const before = (await lab.account()).total;
  const result = await storm(2_000, 7);
  expect(result.outcome).toBe('injected');
  expect(result.conversations.reduce((sum, { messages }) => sum + messages, 0)).toBe(2_000);
  expect(new Set(result.conversations.map(({ clientId }) => clientId)).size).toBe(8);
  const after = (await drained(before.failed + 2_000)).total;
  expect(after.failed - before.failed).toBe(2_000);
  expect(after.takenOut).toBe(0);
  const ids = result.conversations.map(({ conversationId }) => conversationId);
  const [logged] = await lab.query<{ rows: string; messages: string; codes: string; channels: string }>(
    `select count(*) as rows, count(distinct message_id) as messages, count(distinct code) as codes,
            count(distinct channel) as channels from orchestrator.error_log where conversation_id = any($1)`,
    [ids],
  );
  expect(logged).toEqual({ rows: '2000', messages: '2000', codes: '3', channels: '4' });
  const totals = await lab.query<{ conversation_id: number; errors: string }>(
    'select conversation_id, errors from orchestrator.error_totals where conversation_id = any($1)',
    [ids],
  );
  expect(new Map(totals.map((row) => [row.conversation_id, Number(row.errors)]))).toEqual(
    new Map(result.conversations.map(({ conversationId, messages }) => [conversationId, messages])),
  );
  const again = await storm(2_000, 7);
  const shares = (of: typeof result) =>
    of.conversations.map(({ conversationId, messages }) => [conversationId, messages]);
  expect(shares(again)).toEqual(shares(result));
  await drained(before.failed + 4_000);
});

test('with the error log off, failures are counted and not written', async () => {
  const before = (await lab.account()).total;
  const [rowsBefore] = await lab.query('select count(*) from orchestrator.error_log');
  await storm(1_000, 8);
  const after = (await drained(before.failed + 1_000)).total;
  expect(after.failed - before.failed).toBe(1_000);
  expect(after.errorWritesDropped - before.errorWritesDropped).toBe(1_000);
  expect(await lab.query('select count(*) from orchestrator.error_log')).toEqual([rowsBefore]);
});

test('an expired error-log switch counts as full, and a sample writes one in N a process', async () => {
  await lab.setSwitch('error_log', { mode: 'off', sampleEvery: 1, expiresAt: '2020-01-01T00:00:00Z' });
  await delay(500);
  const before = (await lab.account()).total;
  await storm(400, 9);
  const full = (await drained(before.failed + 400)).total;
  expect(full.errorWritesDropped).toBe(before.errorWritesDropped);
  await lab.setSwitch('error_log', { mode: 'sample', sampleEvery: 10, expiresAt: null });
  await delay(500);
  await storm(400, 10);
  const sampled = (await drained(full.failed + 400)).total;
  expect(sampled.failed - full.failed).toBe(400);
  // each of the four dispatchers counts for itself
  expect(Math.abs(sampled.errorWritesDropped - full.errorWritesDropped - 360)).toBeLessThanOrEqual(4);
});

test('the injection switch and paused activations hold the director, and it goes on where it stopped', async () => {
  await lab.setSwitch('injection', { state: 'off' });
  await delay(500);
  const before = (await lab.account()).total;
  const held = await storm(40_000, 11);
  expect(held).toMatchObject({ outcome: 'held', injected: 0 });
  const activations = held.conversations.map(({ activationId }) => activationId).sort((a, b) => a - b);
  const paused = activations.slice(0, 3);
  await delay(600);
  expect(await injectedBy(activations)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);

  await lab.query("update orchestrator.activations set status = 'paused' where id = any($1)", [paused]);
  await lab.setSwitch('injection', { state: 'on' });
  const totals = new Map(held.conversations.map(({ activationId, messages }) => [activationId, messages]));
  const wanted = activations.map((id) => (paused.includes(id) ? 0 : (totals.get(id) ?? 0)));
  await until(
    () => injectedBy(activations),
    (counts) => counts.join() === wanted.join(),
  );
  await lab.query("update orchestrator.activations set status = 'scheduled' where id = any($1)", [paused]);
  await until(
    () => injectedBy(activations),
    (counts) => counts.reduce((sum, count) => sum + count, 0) === 40_000,
  );
  expect((await drained(before.failed + 40_000)).total.failed - before.failed).toBe(40_000);
});

test('kill -9 of the director and of all dispatchers loses and doubles nothing', async () => {
  const before = (await lab.account()).total;
  const running = storm(100_000, 12);
  await until(
    () => lab.account(),
    ({ total }) => total.injected - before.injected > 5_000,
  );
  kill('director');
  for (const name of dispatchers) kill(name);
  const stuck = await lab.account();
  expect(stuck.total.takenOut).toBe(0);
  await lab.up();
  expect((await running).injected).toBe(100_000);
  const after = (await drained(before.failed + 100_000)).total;
  expect(after.failed - before.failed).toBe(100_000);
  expect(after.takenOut).toBe(0);
});

test('messages of a stopped conversation are set aside one by one, and fail after it is resumed', async () => {
  const before = (await lab.account()).total;
  await lab.setSwitch('injection', { state: 'off' });
  await delay(500);
  const { conversations } = await storm(2_000, 13);
  const ids = conversations.map(({ conversationId }) => conversationId);
  const activations = conversations.map(({ activationId }) => activationId);
  const setStatus = (status: string) =>
    lab.query('update orchestrator.conversations set status = $2 where id = any($1)', [ids, status]);
  for (const name of dispatchers) kill(name);
  await lab.setSwitch('injection', { state: 'on' });
  await until(
    () => injectedBy(activations),
    (counts) => counts.reduce((sum, count) => sum + count, 0) === 2_000,
  );
  await setStatus('stopped');
  await lab.up();
  const [deferred] = await until(
    () =>
      lab.query<{ sum: string | null }>(
        'select sum(deferred) from orchestrator.deferrals where conversation_id = any($1)',
        [ids],
      ),
    ([row]) => Number(row?.sum) > 500,
  );
  expect(deferred).toBeDefined();
  const held = (await lab.account()).total;
  expect(held.failed).toBe(before.failed);
  expect(held.waiting + held.processing).toBeGreaterThanOrEqual(2_000);
  await setStatus('active');
  const after = (await drained(before.failed + 2_000)).total;
  expect(after.failed - before.failed).toBe(2_000);
  expect(after.takenOut).toBe(0);
});

test('what is no message fails as unreadable, and a canary is delivered and marked', async () => {
  await lab.setSwitch('error_log', { mode: 'full' });
  await delay(500);
  const before = (await lab.account()).total;
  const id = randomUUID();
  await lab.query("insert into orchestrator.canaries (id, channel) values ($1, 'sms')", [id]);
  const canary = `{"id":"${id}","conversationId":0,"activationId":0,"clientId":0,"channel":"sms","to":"+584120000000","body":"canary","enqueuedAt":"${new Date().toISOString()}","canary":true}`;
  const odd = ['no json', '[]', '{"id":1}', `{"id":"${id}"}`, '', canary.replace('"sms"', '"fax"')];
  await lab.withRedis((redis) =>
    redis
      .multi()
      .lpush('orchestrator:{sms}:queue', ...odd, canary)
      .hincrby('orchestrator:{sms}:stats', 'injected', odd.length + 1)
      .exec(),
  );
  const [marked] = await until(
    () =>
      lab.query<{ delivered_at: Date | null }>(
        'select delivered_at from orchestrator.canaries where id = $1',
        [id],
      ),
    ([row]) => row?.delivered_at !== null,
  );
  expect(marked?.delivered_at).toBeInstanceOf(Date);
  const after = (await drained(before.failed + odd.length)).total;
  expect(after.failed - before.failed).toBe(odd.length);
  expect(
    await lab.query('select distinct code from orchestrator.error_log where conversation_id is null'),
  ).toEqual([{ code: 'UNREADABLE' }]);
});

test('a restart by the registered command settles or gives back what is in work', async () => {
  const before = (await lab.account()).total;
  await storm(5_000, 14);
  const old = processOf(lab.record, 'sms-dispatcher').process?.pid;
  const [command = '', ...args] =
    labTarget(lab.options).services?.find(({ name }) => name === 'sms-dispatcher')?.restart ?? [];
  const { stdout } = await promisify(execFile)(command, args);
  const pid = processOf(lab.record, 'sms-dispatcher').process?.pid;
  expect(stdout).toBe(`sms-dispatcher restarted, pid ${pid}\n`);
  expect(pid).not.toBe(old);
  const after = (await drained(before.failed + 5_000)).total;
  expect(after.failed - before.failed).toBe(5_000);
  expect(after.takenOut).toBe(0);
  await expect(restartLabService({ host, labFolder: lab.folder, name: 'mailer' })).rejects.toThrow(
    'the lab has no service mailer',
  );
});
