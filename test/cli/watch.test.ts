import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runCli, startCli } from './spawn-cli.ts';
import { keys, openTerminal, type Terminal } from './terminal.ts';
import { type WatchTarget, watchTarget } from './watch-target.ts';

function open(target: WatchTarget, args: readonly string[] = [], size = { columns: 80, rows: 24 }): Terminal {
  const { stateDir, env } = target;
  const terminal = openTerminal(['watch', '--interval', '1', ...args], { stateDir, env, ...size });
  onTestFinished(terminal.close);
  return terminal;
}

/** The terminal is as it was: the alternate buffer left, the cursor shown, lines wrapped again. What a process wrote last may come after its end. */
async function expectRestored(terminal: Terminal): Promise<void> {
  await vi.waitFor(
    () => {
      const transcript = terminal.transcript();
      const after = transcript.slice(transcript.lastIndexOf('\u001b[?1049h'));
      for (const sequence of ['\u001b[?1049l', '\u001b[?25h', '\u001b[?7h'])
        expect(after).toContain(sequence);
      expect(after.slice(after.lastIndexOf('\u001b[?1049l'))).not.toContain('Delivered');
      expect(terminal.screen()).not.toContain('Delivered');
    },
    { timeout: 10_000 },
  );
}

test('draws, sorts, pauses, changes the window and the size, and q gives the terminal back', async () => {
  const target = await watchTarget();
  await target.writeErrors();
  const terminal = open(target);
  await terminal.waitFor(/ 1 Conversation 1 +7\d % .*\n +2 Conversation 2 +2\d %/);
  await terminal.waitFor(/Errors +[1-9][\d,.]*\/s/);
  await terminal.waitFor(/Services +1 of 2 healthy; NOT: mailer/);
  await terminal.waitFor(/email +30 [\s\S]*sms +60 [\s\S]*all +90 /);
  expect(terminal.transcript()).toContain('\u001b[?2026h');
  expect(terminal.screen().split('\n')).toHaveLength(24);

  terminal.type('sss');
  await terminal.waitFor('s sort (id)');
  terminal.type('r');
  await terminal.waitFor(/ 2 Conversation 2 .*\n +1 Conversation 1 /);
  terminal.type(`${keys.tab}s`);
  await terminal.waitFor(/sms +60 [\s\S]*email +30 [\s\S]*all +90 /);
  terminal.type('w');
  await terminal.waitFor('window 30 s');

  terminal.type('p');
  await terminal.waitFor('PAUSED');
  terminal.resize(40, 16);
  await terminal.waitFor(/^shop +PAUSED +\d\d:\d\d:\d\d window 30 s/m);
  terminal.resize(120, 40);
  await terminal.waitFor(/watch shop +PAUSED .*every 1 s/);
  terminal.type('p');
  await terminal.waitFor('p pause');

  terminal.type('q');
  expect(await terminal.exitCode).toBe(0);
  await expectRestored(terminal);
});

test('opens the plan of a fix, applies nothing, and prints the command', async () => {
  const target = await watchTarget();
  await target.writeErrors();
  const terminal = open(target);
  await terminal.waitFor(/ 2 Conversation 2 +2\d %/);
  terminal.type('f');
  await terminal.waitFor('Stop 2 conversations');
  terminal.type(keys.enter);
  await terminal.waitFor('spillway conversations stop 1 2 --target shop');
  expect(terminal.screen()).toContain('Nothing is applied here.');
  terminal.type(`${keys.enter}y`);
  terminal.type(keys.escape);
  await terminal.waitFor(/ 1 Conversation 1 +7\d %/);
  terminal.type(`${keys.down}${keys.down}xf`);
  await terminal.waitFor(/Take the messages of conversation \d out of the queues/);
  terminal.type('2');
  await terminal.waitFor(/Take 45 messages out of email, sms/);
  await terminal.waitFor(/spillway queue purge --conversation \d --target shop/);
  terminal.type('q');
  expect(await terminal.exitCode).toBe(0);
  await expectRestored(terminal);
  await terminal.waitFor(/applied by:\n {2}spillway queue purge --conversation \d --target shop/);
  const stopped = await target.database.query(
    `select 1 from orchestrator.conversations where status <> 'active'`,
  );
  expect(stopped).toEqual([]);
  const journal = await runCli(['journal', 'show', '--json'], target);
  expect(JSON.parse(journal.stdout)).toMatchObject({ records: [] });
});

test('without colour it says the same, and shows the open incident', async () => {
  const target = await watchTarget();
  expect((await runCli(['incident', 'open', 'Deliveries stand still'], target)).exitCode).toBe(0);
  const { stateDir } = target;
  const env = { ...target.env, NO_COLOR: '1' };
  const terminal = openTerminal(['watch', '--interval', '1'], { stateDir, env, columns: 80, rows: 24 });
  onTestFinished(terminal.close);
  await terminal.waitFor(/Incident +open +Deliveries stand still/);
  await terminal.waitFor(/NOT: mailer/);
  terminal.type('q');
  expect(await terminal.exitCode).toBe(0);
  expect(
    terminal
      .transcript()
      .split('\u001b[')
      .filter((after) => /^[0-9;]*m/.test(after)),
  ).toEqual([]);
});

test.each([
  ['Ctrl-C', (terminal: Terminal) => terminal.type(keys.interrupt)],
  ['SIGTERM', (terminal: Terminal) => process.kill(terminal.pid, 'SIGTERM')],
  ['SIGHUP', (terminal: Terminal) => process.kill(terminal.pid, 'SIGHUP')],
])('%s gives the terminal back and exits 130', async (_, send) => {
  const terminal = open(await watchTarget());
  await terminal.waitFor(/Delivered +0\/s/);
  send(terminal);
  expect(await terminal.exitCode).toBe(130);
  await expectRestored(terminal);
});

test('a store that goes down costs its own lines only, and q still works', async () => {
  const target = await watchTarget();
  await target.writeErrors();
  const terminal = open(target);
  await terminal.waitFor(/all +90 /);
  await target.redis.stop();
  await terminal.waitFor(/Delivered +NOT KNOWN: Redis [\s\S]*Queues +NOT KNOWN: Redis /);
  await terminal.waitFor(/Errors +[1-9][\d,.]*\/s[\s\S]* 1 Conversation 1 +7\d %/);
  terminal.type('q');
  expect(await terminal.exitCode).toBe(0);
  await expectRestored(terminal);
});

test('a frozen server does not keep q from working', async () => {
  const target = await watchTarget();
  const terminal = open(target);
  await terminal.waitFor(/all +90 /);
  process.kill(target.redis.pid, 'SIGSTOP');
  onTestFinished(() => {
    process.kill(target.redis.pid, 'SIGCONT');
  });
  await terminal.waitFor(/no answer for|NOT KNOWN: Redis/);
  expect(terminal.screen()).toMatch(/Errors +\d/);
  terminal.type('q');
  expect(await terminal.exitCode).toBe(0);
  await expectRestored(terminal);
});

test('without a terminal it streams a line a tick', async () => {
  const target = await watchTarget();
  await target.writeErrors();
  const { stdout, exitCode } = await runCli(['watch', '--interval', '1', '--ticks', '3'], target);
  expect(exitCode).toBe(0);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, never>);
  expect(lines.map(({ schema, tick }) => [schema, tick])).toEqual(
    [1, 2, 3].map((tick) => ['spillway/watch/1', tick]),
  );
  expect(lines.at(-1)).toMatchObject({
    ...{ target: 'shop', windowSeconds: 10, intervalSeconds: 1, incident: null },
    queues: {
      ok: true,
      value: [
        { channel: 'email', waiting: 30 },
        { channel: 'sms', waiting: 60 },
      ],
    },
    culprits: { ok: true, value: { conversations: [{ conversationId: 1 }, { conversationId: 2 }] } },
    database: { ok: true },
    services: { ok: true, value: [{ healthy: true }, { name: 'mailer', healthy: false }] },
  });
});

test('the stream ends with 7 when neither store answered, with 130 at SIGTERM, and quietly when its reader goes', async () => {
  const target = await watchTarget();
  const run = () => startCli(['watch', '--json', '--interval', '1'], target);

  const terminated = run();
  if (terminated.child.stdout === null) throw new Error('no output');
  await once(createInterface({ input: terminated.child.stdout }), 'line');
  terminated.child.kill('SIGTERM');
  expect(await terminated.result).toMatchObject({ exitCode: 130 });

  const left = run();
  if (left.child.stdout === null) throw new Error('no output');
  const ended = once(left.child, 'exit');
  const cut = expect(left.result).rejects.toThrow(/premature close/i);
  left.child.stdout.once('data', () => left.child.stdout?.destroy());
  expect(await ended).toEqual([0, null]);
  await cut;

  await target.redis.stop();
  await target.database.drop();
  const down = await runCli(['watch', '--json', '--interval', '1', '--ticks', '1'], target);
  expect(JSON.parse(down.stdout)).toMatchObject({ database: { ok: false }, queues: { ok: false } });
  expect(down.exitCode).toBe(7);
});
