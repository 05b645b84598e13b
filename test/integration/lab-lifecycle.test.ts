import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/lib/config/loader.ts';
import { labInbox } from '../../src/lib/lab/inbox.ts';
import { secretFile, secretNames } from '../../src/lib/lab/layout.ts';
import { serviceNames } from '../../src/lib/lab/names.ts';
import { identify } from '../../src/lib/lab/process-identity.ts';
import { processOf, readSecret, writeRecord } from '../../src/lib/lab/record.ts';
import { labStatus } from '../../src/lib/lab/status.ts';
import { labTarget, labTargetFile } from '../../src/lib/lab/target.ts';
import { TestLab, until } from './lab-fixture.ts';

const lab = await TestLab.make();
afterAll(() => lab.down(true));

test('two `up` at once bring one lab up, and a third starts nothing', async () => {
  const both = await Promise.all([lab.up(100), lab.up(100)]);
  expect(both.map(({ started }) => started.length).sort((one, other) => one - other)).toEqual([0, 13]);
  expect((await lab.up()).started).toEqual([]);

  const status = await labStatus(lab.options);
  expect(status.problems).toEqual([]);
  expect(status.services.map(({ name }) => name)).toEqual([...serviceNames]);
  expect(status.services.every(({ healthy, pid }) => healthy && pid !== null)).toBe(true);
  expect(new Set(status.services.map(({ pid }) => pid)).size).toBe(10);
  expect(status).toMatchObject({ target: 'lab', postgres: { host: '127.0.0.1', database: 'orchestrator' } });
});

test('Postgres syncs every commit and does not run as root', async () => {
  const settings = await lab.query<{ name: string; setting: string }>(
    "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'listen_addresses')",
  );
  expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
    fsync: 'on',
    synchronous_commit: 'on',
    listen_addresses: '127.0.0.1',
  });
  expect(statSync(join(lab.record.layout.postgres, 'data')).uid).not.toBe(0);
});

test('the registered target is valid and refers to secrets by file only', () => {
  const file = labTargetFile(lab.folder);
  const text = readFileSync(file, 'utf8');
  const { targets } = parseConfig(text, file);
  expect(targets['lab']).toMatchObject(labTarget(lab.options));
  const written = `${text}${readFileSync(lab.record.layout.record, 'utf8')}`;
  for (const name of secretNames) {
    expect(statSync(secretFile(lab.record.layout, name)).mode & 0o777).toBe(0o600);
    expect(written).not.toContain(readSecret(lab.record.layout, name));
  }
});

test('the receivers answer as Slack and Statuspage do and keep what arrived', async () => {
  const { notify } = labTarget(lab.options);
  const slack = readSecret(lab.record.layout, 'slack-url');
  const post = (url: string, body: string, headers: Record<string, string> = {}, method = 'POST') =>
    fetch(url, { method, body, headers });
  expect(await (await post(slack, '{"text":"queues are filling"}')).text()).toBe('ok');
  expect((await post(slack, '{"text":')).status).toBe(400);
  expect((await post(`${slack}x`, '{"text":"to nobody"}')).status).toBe(403);

  const incidents = `${notify?.statuspage?.url}/v1/pages/${notify?.statuspage?.page}/incidents`;
  const authorization = `OAuth ${readSecret(lab.record.layout, 'statuspage-key')}`;
  const opened = '{"incident":{"name":"Delays","status":"investigating","body":"We are looking"}}';
  expect((await post(incidents, opened, { authorization: 'OAuth wrong' })).status).toBe(401);
  const created = await post(incidents, opened, { authorization });
  expect(created.status).toBe(201);
  const { id } = (await created.json()) as { id: string };
  const patched = await post(
    `${incidents}/${id}`,
    '{"incident":{"status":"resolved","body":"Done"}}',
    { authorization },
    'PATCH',
  );
  const incident = (await patched.json()) as { status: string; incident_updates: { status: string }[] };
  expect(incident.status).toBe('resolved');
  expect(incident.incident_updates.map(({ status }) => status)).toEqual(['resolved', 'investigating']);
  expect(labInbox(lab.options).map(({ kind, status }) => `${kind} ${status}`)).toEqual([
    'slack 200',
    'slack 400',
    'slack 403',
    'statuspage 401',
    'statuspage 201',
    'statuspage 200',
  ]);
});

test('without Postgres a dispatcher keeps its messages; `up` starts what was killed and nothing else', async () => {
  const { postgres } = lab.record;
  process.kill(postgres.process?.pid ?? 0, 'SIGKILL');
  process.kill(processOf(lab.record, 'director').process?.pid ?? 0, 'SIGKILL');
  const emailHealth = async () =>
    (await labStatus(lab.options)).services.find(({ name }) => name === 'email-dispatcher')?.healthy;
  await until(emailHealth, (healthy) => healthy === false);
  const before = await until(
    () => lab.account(),
    ({ total }) => total.waiting > 0,
  );
  expect(before.total.takenOut).toBe(0);
  expect([...(await lab.up()).started].sort()).toEqual(['director', 'postgres']);
  const after = await until(
    () => lab.account(),
    ({ total }) => total.waiting + total.processing < 5 && total.delivered >= before.total.injected,
  );
  expect(after.total.failed).toBe(0);
  expect(after.total.takenOut).toBe(0);
});

test('`down` stops all of it and leaves a stranger alone that was given a recorded pid', async () => {
  const stranger = spawn('sleep', ['600']);
  const pid = stranger.pid ?? 0;
  const own = processOf(lab.record, 'inbox').process;
  process.kill(own?.pid ?? 0, 'SIGKILL');
  writeRecord({
    ...lab.record,
    processes: lab.record.processes.map((one) =>
      one.name === 'inbox' ? { ...one, process: { pid, startedAt: own?.startedAt ?? '' } } : one,
    ),
  });
  const pids = [lab.record.postgres, lab.record.redis, ...lab.record.processes]
    .map(({ process: identity }) => identity?.pid ?? 0)
    .filter((one) => one !== pid);
  const { stopped } = await lab.down(false);
  expect(stopped).toHaveLength(12);
  expect(pids.map(identify).filter((identity) => identity !== undefined)).toEqual([]);
  expect(identify(pid)).toBeDefined();
  expect((await lab.down(false)).stopped).toEqual([]);
  const status = await labStatus(lab.options);
  expect(status.queues).toEqual([]);
  expect(status.services.every(({ pid: none, healthy }) => none === null && !healthy)).toBe(true);
  stranger.kill();
});

test('`up` keeps data and ports; `down` with purge removes everything', async () => {
  const before = labTarget(lab.options);
  await lab.up();
  expect(labTarget(lab.options)).toEqual(before);
  const [row] = await lab.query<{ clients: string; conversations: string }>(
    `select (select count(*) from orchestrator.clients) as clients,
            (select count(*) from orchestrator.conversations) as conversations`,
  );
  expect(row).toEqual({ clients: '40', conversations: '200' });
  const { postgres } = lab.record.layout;
  await lab.down(true);
  expect([lab.folder, postgres].map((folder) => existsSync(folder))).toEqual([false, false]);
  expect(existsSync(dirname(lab.folder))).toBe(true);
});
