import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStateDir, runCli } from './spawn-cli.ts';

interface Finding {
  readonly kind: string;
  readonly sure: string;
  readonly evidence: readonly string[];
  readonly next: readonly string[];
  readonly culprits: readonly { readonly conversationId: number; readonly clientId: number | null }[];
}

let state: Awaited<ReturnType<typeof createStateDir>>;
const cli = (...args: string[]) => runCli(args, { stateDir: state.path });

beforeAll(async () => {
  state = await createStateDir();
  const { exitCode, stderr } = await cli('lab', 'up', '--rate', '100');
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
});
afterAll(async () => {
  await cli('lab', 'down', '--purge');
  await state.remove();
});

async function diagnosed() {
  const { stdout, exitCode } = await cli('diagnose', '--json', '--limit', '20');
  const document = JSON.parse(stdout) as {
    readonly schema: string;
    readonly findings: readonly Finding[];
    readonly blind: readonly { readonly part: string; readonly reason: string }[];
  };
  expect(document.schema).toBe('spillway/diagnose/1');
  return { ...document, exitCode, kinds: document.findings.map(({ kind }) => kind) };
}

/** Lets it happen, diagnoses, gives it free. */
async function scenario(name: string, ...flags: string[]) {
  const began = await cli('lab', 'storm', '--scenario', name, '--json', ...flags);
  expect(began.exitCode, began.stderr).toBe(0);
  try {
    return {
      ...(await diagnosed()),
      storm: JSON.parse(began.stdout) as { conversations?: { conversationId: number; clientId: number }[] },
    };
  } finally {
    const calm = await cli('lab', 'storm', '--scenario', 'calm');
    expect(calm.exitCode, calm.stderr).toBe(0);
  }
}

test('nothing is wrong', async () => {
  expect((await scenario('calm')).kinds).toEqual(['nothing-wrong']);
});

test.each(['lock-pile-up', 'connection-exhaustion', 'redis-memory', 'redis-blocked', 'left-behind'])(
  '%s',
  async (name) => {
    const { kinds, findings } = await scenario(name);
    expect(kinds[0]).toBe(name);
    expect(findings[0]?.next.length).toBeGreaterThan(0);
  },
);

test('replication-pressure', async () => {
  expect((await scenario('replication-pressure')).kinds).toContain('replication-pressure');
});

test('consumers-stopped, with the services that are not healthy', async () => {
  const { findings } = await scenario('consumers-stopped');
  expect(findings[0]).toMatchObject({ kind: 'consumers-stopped', sure: 'certain' });
  expect(findings[0]?.evidence.join()).toContain('email-dispatcher');
  expect(findings[0]?.next[0]).toContain('spillway services restart email-dispatcher');
});

test('an error-log storm: the culprits are those of the storm', async () => {
  const { findings, storm } = await scenario('error-log-storm', '--messages', '60000');
  expect(findings[0]).toMatchObject({ kind: 'error-log-storm' });
  const idsOf = (all: readonly { readonly conversationId: number }[] = []) =>
    all.map(({ conversationId }) => conversationId).sort((x, y) => x - y);
  const wanted = idsOf(storm.conversations);
  // the queues are first in, first out: a conversation that was injected last fails last
  let found = findings[0];
  while (idsOf(found?.culprits).length < wanted.length) found = (await diagnosed()).findings[0];
  expect(idsOf(found?.culprits)).toEqual(wanted);
  expect(found?.kind).toBe('error-log-storm');
  const { stdout } = await cli('volume', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ forecast: { ok: true, value: { culpritsFrom: 'errors' } } });
});

test('one client floods the queues: it is named, with its conversation', async () => {
  // the queues end with Redis: what is left of the storm would stand before the flood
  await cli('lab', 'down');
  await cli('lab', 'up');
  const { findings, storm } = await scenario('client-flood', '--messages', '300000');
  expect(findings[0]).toMatchObject({ kind: 'client-flood' });
  expect(findings[0]?.culprits[0]).toMatchObject({
    conversationId: storm.conversations?.[0]?.conversationId,
    clientId: storm.conversations?.[0]?.clientId,
  });
});

test('with Postgres frozen and Redis down, what can be known is said within the limit, and why the rest is missing', async () => {
  const record = JSON.parse(
    readFileSync(join(state.path, 'state', 'spillway', 'lab', 'lab.json'), 'utf8'),
  ) as {
    readonly postgres: { readonly process: { readonly pid: number } };
    readonly redis: { readonly process: { readonly pid: number } };
  };
  process.kill(record.postgres.process.pid, 'SIGSTOP');
  process.kill(record.redis.process.pid, 'SIGKILL');
  try {
    const { kinds, blind, exitCode } = await diagnosed();
    expect(kinds).toContain('redis-unreachable');
    expect(kinds).toContain('postgres-unreachable');
    expect(blind.some(({ part }) => part.includes('who writes the errors'))).toBe(true);
    expect(exitCode).toBe(7);
  } finally {
    process.kill(record.postgres.process.pid, 'SIGCONT');
  }
});
