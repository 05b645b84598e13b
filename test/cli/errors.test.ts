import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { orchestratorDatabase } from '../integration/orchestrator/fixture.ts';
import { freePort } from '../servers/free-port.ts';
import { startRedis } from '../servers/redis.ts';
import { startProxy } from '../servers/tcp-proxy.ts';
import { type CliResult, runCli, startCli } from './spawn-cli.ts';
import { emailChannel, escapes, stateWithTargets } from './target-file.ts';

const canary = 'hunter2-canary';

async function closedPostgres() {
  const port = await freePort();
  return { host: '127.0.0.1', port, database: 'orchestrator', user: 'spillway', connectTimeoutMs: 2_000 };
}

async function closedRedis() {
  return { host: '127.0.0.1', port: await freePort(), connectTimeoutMs: 2_000 };
}

/** A Redis for this test, and the settings of a target that uses it. */
async function openRedis() {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  return { server, settings: { host: server.host, port: server.port } };
}

/** The reference orchestrator's tables for this test, and the settings of a target that uses them; the password is in PG_PASSWORD. */
async function openPostgres() {
  const database = await orchestratorDatabase();
  const { host, port, user } = database;
  const settings = { host, port, database: database.database, user, password: { env: 'PG_PASSWORD' } };
  return { database, settings, env: { PG_PASSWORD: database.password } };
}

function document(result: CliResult): Record<string, unknown> {
  return JSON.parse(result.stdout) as Record<string, unknown>;
}

async function textsBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}

describe('a store that is down costs what needs it, and nothing else', () => {
  test('Postgres is down: exit 7 with host and port; what reads Redis alone works, and the status shows it', async () => {
    const [postgres, { server, settings }] = [await closedPostgres(), await openRedis()];
    const stateDir = await stateWithTargets({
      lab: { postgres, redis: settings, queue: { channels: [emailChannel] } },
    });
    const redis = new Redis({ host: server.host, port: server.port });
    await redis.lpush(emailChannel.queue, '{"id":"x"}');
    redis.disconnect();
    const [conversations, queue, status] = await Promise.all([
      runCli(['conversations', 'list', '--json'], { stateDir }),
      runCli(['queue', 'list', '--json'], { stateDir }),
      runCli(['status', '--json'], { stateDir }),
    ]);
    expect(conversations.exitCode).toBe(7);
    expect(document(conversations)).toMatchObject({
      schema: 'spillway/error/1',
      code: 'unreachable',
      message: expect.stringContaining(`127.0.0.1:${postgres.port}`),
      details: { host: '127.0.0.1', port: postgres.port },
    });
    expect(queue).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.stringify(document(queue))).toContain('"waiting":1');
    expect(status.exitCode).toBe(7);
    expect(document(status)).toMatchObject({
      schema: 'spillway/status/1',
      queues: { ok: true },
      database: { ok: false, reason: expect.stringContaining(`127.0.0.1:${postgres.port}`) },
    });
  });

  test('Redis is down: exit 7 with host and port; what reads Postgres alone works', async () => {
    const [redis, { settings, env }] = [await closedRedis(), await openPostgres()];
    const stateDir = await stateWithTargets({
      lab: { postgres: settings, redis, queue: { channels: [emailChannel] } },
    });
    const [queue, conversations, change] = await Promise.all([
      runCli(['queue', 'list', '--json'], { stateDir, env }),
      runCli(['conversations', 'list', '--json'], { stateDir, env }),
      runCli(['conversations', 'stop', '1', '--yes', '--json'], { stateDir, env }),
    ]);
    expect(queue.exitCode).toBe(7);
    expect(document(queue)).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining(`127.0.0.1:${redis.port}`),
    });
    expect(conversations).toMatchObject({ exitCode: 0, stderr: '' });
    expect(document(conversations)).toMatchObject({ schema: 'spillway/conversations.list/1' });
    // the lock stands in Redis: without it nothing is changed
    expect(change.exitCode).toBe(7);
    expect(document(change)).toMatchObject({ code: 'unreachable' });
  });

  test('a store that takes the connection and never answers ends the same way', async () => {
    const hole = await startProxy(null);
    onTestFinished(() => hole.stop());
    const limits = { connectTimeoutMs: 300 };
    const postgres = {
      host: hole.host,
      port: hole.port,
      database: 'orchestrator',
      user: 'spillway',
      ...limits,
    };
    const stateDir = await stateWithTargets({
      lab: {
        postgres,
        redis: { host: hole.host, port: hole.port, ...limits },
        queue: { channels: [emailChannel] },
      },
    });
    const results = await Promise.all([
      runCli(['conversations', 'list', '--json'], { stateDir }),
      runCli(['queue', 'list', '--json'], { stateDir }),
    ]);
    for (const result of results) {
      expect(result.exitCode).toBe(7);
      expect(document(result)).toMatchObject({ message: expect.stringContaining(`127.0.0.1:${hole.port}`) });
    }
  });

  test('the journal and the incident work while everything is down', async () => {
    const stateDir = await stateWithTargets({
      lab: { postgres: await closedPostgres(), redis: await closedRedis() },
    });
    const opened = await runCli(['incident', 'open', 'Deliveries are slow', '--json'], { stateDir });
    expect(opened.exitCode).toBe(0);
    const { incidentId } = document(opened);
    const [noted, shown, verified] = [
      await runCli(['incident', 'note', 'the provider was told', '--json'], { stateDir }),
      await runCli(['incident', 'timeline', '--json'], { stateDir }),
      await runCli(['journal', 'verify', '--json'], { stateDir }),
    ];
    expect([noted.exitCode, shown.exitCode, verified.exitCode]).toEqual([0, 0, 0]);
    expect(document(noted)).toMatchObject({ incidentId });
    expect(JSON.stringify(document(shown))).toContain('the provider was told');
    expect(document(verified)).toMatchObject({ verdict: 'prefix-only', records: 3 });
  });

  test('a target without one of the stores says what to configure', async () => {
    const { settings } = await openRedis();
    const stateDir = await stateWithTargets({ lab: { redis: settings } });
    const result = await runCli(['conversations', 'list', '--json'], { stateDir });
    expect(result.exitCode).toBe(2);
    expect(document(result)).toMatchObject({ code: 'usage', message: expect.stringContaining('`postgres`') });
  });
});

test('a secret is in no output, no journal and no error, even with debugging on', async () => {
  const { host, port, user } = inject('postgres');
  const redis = await startRedis({ password: 'another-password' });
  onTestFinished(() => redis.stop());
  const password = { env: 'CANARY' };
  const stateDir = await stateWithTargets({
    lab: {
      postgres: { host, port, user, database: 'postgres', password },
      redis: { host: redis.host, port: redis.port, password },
      queue: { channels: [emailChannel] },
      notify: { slack: { webhook: { env: 'WEBHOOK' } } },
    },
  });
  const env = {
    CANARY: canary,
    WEBHOOK: `http://127.0.0.1:${await freePort()}/services/${canary}`,
    DEBUG: '*',
  };
  const commands = [
    ['conversations', 'list'],
    ['conversations', 'stop', '1', '--yes'],
    ['queue', 'list'],
    ['queue', 'purge', '--all', '--confirm', 'lab'],
    ['status'],
    ['notify', 'slack', 'Deliveries are slow.', '--yes'],
    ['incident', 'open', 'Deliveries are slow.'],
  ];
  for (const command of commands) {
    const [text, json] = await Promise.all([
      runCli(command, { stateDir, env }),
      runCli([...command, '--json'], { stateDir, env }),
    ]);
    expect(text.exitCode).toBe(json.exitCode);
    expect([command[0], text.exitCode === 0]).toEqual([command[0], command[0] === 'incident']);
    expect(text.stdout + text.stderr + json.stdout + json.stderr).not.toContain(canary);
  }
  expect(await textsBelow(join(stateDir, 'state'))).not.toContain(canary);
});

describe('nobody can be asked', () => {
  test('a change without consent is refused (exit 3), with the flag that is missing; nothing is journaled', async () => {
    const [{ settings: postgres, env, database }, { settings: redis, server }] = [
      await openPostgres(),
      await openRedis(),
    ];
    const stateDir = await stateWithTargets({
      lab: { postgres, redis, queue: { channels: [emailChannel] } },
    });
    const before = await database.contents();
    const client = new Redis({ host: server.host, port: server.port });
    onTestFinished(() => client.disconnect());
    await client.lpush(
      emailChannel.queue,
      '{"id":"x","conversationId":1,"clientId":1,"activationId":10,"channel":"email"}',
    );
    const rows: readonly (readonly [readonly string[], string])[] = [
      [['conversations', 'stop', '1'], '--yes'],
      [['conversations', 'stop', '1', '--no-input'], '--yes'],
      [['conversations', 'stop', '1', '--confirm', 'production'], '--confirm lab'],
      [['queue', 'purge', '--all'], '--confirm lab'],
      [['queue', 'purge', '--all', '--yes'], '--confirm lab'],
      [['runbook', 'run', 'error-log-storm'], '--confirm lab'],
      [['runbook', 'run', 'error-log-storm', '--yes'], '--confirm lab'],
      [['runbook', 'run', 'error-log-storm', '--confirm', 'production'], '--confirm lab'],
    ];
    for (const [args, flag] of rows) {
      const result = await runCli([...args, '--json'], { stateDir, env });
      expect([args.join(' '), result.exitCode]).toEqual([args.join(' '), 3]);
      expect(document(result)).toMatchObject({
        code: 'refused',
        suggestions: expect.arrayContaining([flag]),
      });
    }
    expect(await database.contents()).toBe(before);
    expect(await client.llen(emailChannel.queue)).toBe(1);
  });

  test('Enter and an ended input are no yes either', async () => {
    const [{ settings: postgres, env, database }, { settings: redis }] = [
      await openPostgres(),
      await openRedis(),
    ];
    const stateDir = await stateWithTargets({ lab: { postgres, redis } });
    const before = await database.contents();
    for (const input of ['', '\n', 'y\n', 'yes\nlab\n']) {
      expect((await runCli(['conversations', 'stop', '1'], { stateDir, env, input })).exitCode).toBe(3);
    }
    expect(await database.contents()).toBe(before);
  });
});

test('a lock that somebody else holds is exit 6, with the holder', async () => {
  const [{ settings: postgres, env }, { settings: redis, server }] = [
    await openPostgres(),
    await openRedis(),
  ];
  const stateDir = await stateWithTargets({ lab: { postgres, redis } });
  const client = new Redis({ host: server.host, port: server.port });
  onTestFinished(() => client.disconnect());
  const holder = {
    actor: 'bob@elsewhere',
    host: 'elsewhere',
    pid: 7,
    runId: 'run-bob',
    since: '2026-01-02T03:04:05.000Z',
  };
  await client.hset('spillway:{lock}:holder', { token: 1, holder: JSON.stringify(holder) });
  const args = ['conversations', 'stop', '1', '--yes', '--json'];
  const locked = await runCli(args, { stateDir, env });
  expect(locked.exitCode).toBe(6);
  expect(document(locked)).toMatchObject({ code: 'locked', details: { runId: 'run-bob' } });
  const taken = await runCli([...args, '--take-over'], { stateDir, env });
  expect(taken.exitCode).toBe(0);
  expect(taken.stderr).toContain('Lock taken over from bob@elsewhere');
  expect(await client.exists('spillway:{lock}:holder')).toBe(0);
});

test('another cluster than the pinned one is refused (exit 3), and nothing is changed', async () => {
  const [{ settings: postgres, env, database }, { settings: redis }] = [
    await openPostgres(),
    await openRedis(),
  ];
  const stateDir = await stateWithTargets({ lab: { postgres, redis, identity: { systemIdentifier: '1' } } });
  const before = await database.contents();
  const result = await runCli(['conversations', 'stop', '1', '--yes', '--json'], { stateDir, env });
  expect(result.exitCode).toBe(3);
  expect(document(result)).toMatchObject({
    code: 'refused',
    message: expect.stringContaining('pins the PostgreSQL cluster 1'),
  });
  expect(await database.contents()).toBe(before);
});

test('Ctrl-C while a command waits ends it with exit 130', async () => {
  const { settings, server } = await openRedis();
  const stateDir = await stateWithTargets({ lab: { redis: settings, queue: { channels: [emailChannel] } } });
  const client = new Redis({ host: server.host, port: server.port });
  onTestFinished(() => client.disconnect());
  const { child, result } = startCli(['volume', '--window', '60', '--json'], { stateDir });
  await expect.poll(() => client.client('LIST'), { timeout: 60_000 }).toMatch(/name=spillway .*cmd=(?!ping)/);
  child.kill('SIGINT');
  const ended = await result;
  expect(ended.exitCode).toBe(130);
  expect(document(ended)).toMatchObject({ code: 'interrupted' });
});

test('text from tables and messages is shown with its control characters escaped; JSON has it as it is', async () => {
  const [{ settings: postgres, env, database }, { settings: redis, server }] = [
    await openPostgres(),
    await openRedis(),
  ];
  const stateDir = await stateWithTargets({ lab: { postgres, redis, queue: { channels: [emailChannel] } } });
  const name = 'Spring\u001b[2J\u001b[31m sale\r\u202egnp\u2066';
  await database.query('update orchestrator.conversations set name = $1 where id = 1', [name]);
  await database.query('update orchestrator.clients set name = $1 where id = 1', ['Acme\u009b31m\u0007']);
  await database.query('update orchestrator.conversations set updated_by = $1 where id = 1', [
    'ann\u001b]0;x\u0007',
  ]);
  const client = new Redis({ host: server.host, port: server.port });
  onTestFinished(() => client.disconnect());
  await client.lpush(
    emailChannel.queue,
    JSON.stringify({
      id: 'x',
      conversationId: 1,
      clientId: 1,
      activationId: 10,
      channel: 'email',
      to: `a${name}`,
      body: name,
    }),
  );
  await client.lpush(emailChannel.queue, `not JSON ${name}`);
  const commands = [
    ['conversations', 'list'],
    ['conversations', 'show', '1'],
    ['conversations', 'stop', '1', '--dry-run'],
    ['activations', 'list'],
    ['queue', 'peek', 'email'],
    ['queue', 'purge', '--all', '--dry-run'],
    ['status'],
  ];
  const allowed = /[^\P{C}\n]/u;
  for (const command of commands) {
    const { stdout, stderr, exitCode } = await runCli(command, { stateDir, env });
    expect([command.join(' '), exitCode]).toEqual([command.join(' '), 0]);
    expect([command.join(' '), allowed.exec(stdout + stderr)?.[0]]).toEqual([command.join(' '), undefined]);
  }
  const shown = await runCli(['conversations', 'show', '1'], { stateDir, env });
  expect(shown.stdout).toContain('Spring\\u{1b}[2J');
  const json = await runCli(['conversations', 'show', '1', '--json'], { stateDir, env });
  expect(document(json)).toMatchObject({ conversation: { name, client: 'Acme\u009b31m\u0007' } });
  await runCli(['conversations', 'stop', '1', '--yes'], { stateDir, env });
  const journal = await runCli(['journal', 'show'], { stateDir, env });
  expect(allowed.exec(journal.stdout)).toBeNull();
  expect(journal.stdout).toContain('stop conversation 1');
});

test('no colour in a pipe, with NO_COLOR, or in a dumb terminal', async () => {
  const stateDir = await stateWithTargets({
    lab: { redis: await closedRedis(), queue: { channels: [emailChannel] } },
  });
  const terminal = { NO_COLOR: undefined, TERM: 'xterm-256color' };
  const coloured = await runCli(['queue', 'list'], { stateDir, env: { ...terminal, FORCE_COLOR: '1' } });
  expect(coloured.stderr).toMatch(escapes);
  for (const env of [terminal, { FORCE_COLOR: '1', NO_COLOR: '1' }, { ...terminal, FORCE_COLOR: '0' }]) {
    const { stderr, exitCode } = await runCli(['queue', 'list'], { stateDir, env });
    expect(exitCode).toBe(7);
    expect(stderr).toContain('Error: ');
    expect(stderr).not.toMatch(escapes);
  }
});
