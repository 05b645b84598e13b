import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../servers/database.ts';
import { startPostgres } from '../servers/postgres-server.ts';
import { tlsFiles } from '../servers/tls-files.ts';
import { createStateDir, runCli } from './spawn-cli.ts';

async function configured(text: string): Promise<string> {
  const folder = await createStateDir();
  onTestFinished(folder.remove);
  await mkdir(join(folder.path, 'config', 'spillway'), { recursive: true });
  await writeFile(join(folder.path, 'config', 'spillway', 'spillway.yaml'), text);
  return folder.path;
}

interface Line {
  readonly area: string;
  readonly name: string;
  readonly state: string;
  readonly detail: string;
  readonly type: readonly string[];
}

test('without a target: the machine is examined, and what to type is said', async () => {
  const { stdout, exitCode } = await runCli(['doctor']);
  expect(stdout).toContain('MUST DO   spillway.yaml: no target is configured.');
  expect(stdout).toContain('type: spillway lab up');
  expect(stdout).toMatch(/fine {6}Node: 24\./);
  expect(exitCode).toBe(4);
});

test('a configuration that is broken is a line with its place, not the end', async () => {
  const stateDir = await configured('targets:\n  production:\n    postgres: { host: db, nonsense: 1 }\n');
  const { stdout, exitCode } = await runCli(['doctor', '--json'], { stateDir });
  const document = JSON.parse(stdout) as { schema: string; lines: Line[]; mustAct: number };
  expect(document).toMatchObject({ schema: 'spillway/doctor/1', mustAct: 1, target: null });
  expect(document.lines.find((line) => line.area === 'configuration')?.detail).toMatch(
    /spillway\.yaml:3:\d+: .*nonsense/s,
  );
  expect(exitCode).toBe(4);
});

test('a target that is named and does not exist is a slip of the hand', async () => {
  const { exitCode } = await runCli(['doctor', '--target', 'prodution']);
  expect(exitCode).toBe(2);
});

test('a server that does not answer is a line; the other store is examined; no secret is shown', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const stateDir = await configured(
    `targets:
  production:
    postgres: { host: 127.0.0.1, port: ${database.port}, database: ${database.database}, user: ${database.user}, password: { env: PG_PASSWORD } }
    redis: { host: 127.0.0.1, port: 1 }
`,
  );
  const { stdout, stderr, exitCode } = await runCli(['doctor', '--json'], {
    stateDir,
    env: { PG_PASSWORD: database.password },
  });
  const { lines } = JSON.parse(stdout) as { lines: Line[] };
  const of = (area: string, name: string) => lines.find((line) => line.area === area && line.name === name);
  expect(of('postgres', 'connection, changing role')?.state).toBe('fine');
  expect(of('redis', 'connection')).toMatchObject({
    state: 'act',
    detail: expect.stringContaining('127.0.0.1:1'),
  });
  expect(of('privileges', 'look: select on orchestrator.clients')?.detail).toContain('no such table');
  expect(stdout + stderr).not.toContain(database.password);
  expect(exitCode).toBe(4);
  const unset = await runCli(['doctor'], { stateDir });
  expect(unset.stdout.replace(/\s+/g, ' ')).toContain('PG_PASSWORD is not set');
  expect(unset.stdout).toContain('type: export PG_PASSWORD=');
});

test('TLS: a certificate that nobody vouches for is refused, one of a known authority is verified, none at all is refused', async () => {
  const files = await tlsFiles();
  onTestFinished(files.remove);
  const server = await startPostgres({
    settings: { ssl: 'on', ssl_cert_file: files.certificate, ssl_key_file: files.key },
  });
  onTestFinished(server.stop);
  const shared = await createDatabase();
  onTestFinished(() => shared.drop());
  const target = ({ port, user }: { readonly port: number; readonly user: string }) =>
    `{ postgres: { host: localhost, port: ${port}, database: postgres, user: ${user}, password: { env: PG_PASSWORD }, tls: verify-full } }`;
  const stateDir = await configured(
    `targets:\n  safe: ${target(server.connection)}\n  plain: ${target(shared)}\n`,
  );
  const examine = async (name: string, env: Record<string, string> = {}) => {
    const { stdout } = await runCli(['doctor', '--target', name, '--json'], {
      stateDir,
      env: { PG_PASSWORD: server.connection.password, ...env },
    });
    return (JSON.parse(stdout) as { lines: Line[] }).lines.filter((line) => line.area === 'postgres');
  };
  const [unknown] = await examine('safe');
  expect(unknown).toMatchObject({
    state: 'act',
    detail: expect.stringContaining('not safe: its certificate is signed by itself'),
    type: [expect.stringContaining('NODE_EXTRA_CA_CERTS')],
  });
  const known = await examine('safe', { NODE_EXTRA_CA_CERTS: files.certificate });
  expect(known.find((line) => line.name === 'TLS, changing role')).toMatchObject({
    state: 'fine',
    detail: 'TLSv1.3, certificate and host name verified',
  });
  const [plain] = await examine('plain');
  expect(plain).toMatchObject({ state: 'act', detail: expect.stringContaining('it does not offer TLS') });
});

test('--roles prints SQL with the names of the target, without asking anybody', async () => {
  const stateDir = await configured(
    `targets:
  production:
    postgres: { host: 127.0.0.1, port: 1, database: d, user: u }
    orchestrator: { schema: "Odd schema", errorLog: failures }
`,
  );
  const { stdout, exitCode } = await runCli(['doctor', '--roles'], { stateDir });
  expect(stdout).toContain(
    'grant delete, truncate on "Odd schema"."failures", "Odd schema"."error_totals" to "spillway_purger";',
  );
  expect(exitCode).toBe(0);
  expect((await runCli(['doctor', '--roles'])).stdout).toContain('"orchestrator"."error_log"');
});
