import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/lib/core/clock.ts';
import { commandServices } from '../../../src/lib/drivers/service/command.ts';
import { serviceContract } from './service-suite.ts';

/** A health endpoint for all services: /<name> answers by whether <folder>/<name>.down exists. */
async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'spillway-services-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

const script = `
  const { appendFileSync, rmSync } = require('node:fs');
  const [folder, name] = process.argv.slice(1);
  appendFileSync(folder + '/restarted', name + '\\n');
  rmSync(folder + '/' + name + '.down', { force: true });
  console.log('restarted ' + name);
`;

serviceContract('command', async () => {
  const path = await folder();
  const url = await listen((request, response) => {
    const name = request.url?.slice(1) ?? '';
    readFile(join(path, `${name}.down`)).then(
      () => response.writeHead(503).end('{"status": "down"}'),
      () => response.writeHead(200).end('{"status": "fine"}'),
    );
  });
  const restart = (name: string) => [process.execPath, '-e', script, path, name];
  const driver = commandServices({
    clock: systemClock,
    environment: process.env,
    services: [
      { name: 'alpha', health: `${url}/alpha`, restart: restart('alpha'), healthyWithinMs: 1_000 },
      { name: 'beta', health: `${url}/beta`, restart: restart('beta'), healthyWithinMs: 1_000 },
      { name: 'gamma', restart: restart('gamma'), healthyWithinMs: 1_000 },
      { name: 'broken', health: `${url}/broken`, restart: ['false'], healthyWithinMs: 1_000 },
    ],
  });
  return {
    ...driver,
    async setHealthy(name, healthy) {
      await (healthy
        ? rm(join(path, `${name}.down`), { force: true })
        : writeFile(join(path, `${name}.down`), ''));
    },
    async restarted() {
      try {
        return (await readFile(join(path, 'restarted'), 'utf8')).trim().split('\n');
      } catch {
        return [];
      }
    },
  };
});

function one(settings: { readonly health?: string; readonly restart?: readonly string[] }, limitMs?: number) {
  return commandServices({
    clock: systemClock,
    environment: { ...process.env, CANARY_SECRET: 'hunter2' },
    services: [
      {
        name: 'one',
        healthyWithinMs: 1_000,
        restart: [...(settings.restart ?? ['true'])],
        ...(settings.health === undefined ? {} : { health: settings.health }),
      },
    ],
    ...(limitMs === undefined ? {} : { restartTimeoutMs: limitMs }),
  });
}

it('passes arguments as they are, without a shell', async () => {
  const path = join(await folder(), 'touched');
  const { writer } = one({ restart: ['echo', `; touch ${path}`, '$HOME', '`id`'] });
  const { output } = await writer.restart('one');
  expect(output).toBe(`; touch ${path} $HOME \`id\``);
  await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('keeps its own environment from the restart command', async () => {
  const { output } = await one({ restart: ['env'] }).writer.restart('one');
  expect(output).not.toContain('hunter2');
  expect(output).toContain('PATH=');
});

it('ends a restart command that does not end, and says that the outcome is not known', async () => {
  const { writer } = one({ restart: [process.execPath, '-e', 'setInterval(() => {}, 1000)'] }, 200);
  await expect(writer.restart('one')).rejects.toMatchObject({ code: 'unknown-outcome' });
});

it('ends the restart command when it is aborted', async () => {
  const { writer } = one({ restart: [process.execPath, '-e', 'setInterval(() => {}, 1000)'] });
  await expect(writer.restart('one', AbortSignal.timeout(200))).rejects.toMatchObject({
    code: 'unknown-outcome',
  });
});

it('does not wait for a service that keeps the output open', async () => {
  const script = `require('node:child_process').spawn('sleep', ['20'], { stdio: 'inherit', detached: true }).unref(); console.log('ok')`;
  const { output } = await one({ restart: [process.execPath, '-e', script] }).writer.restart('one');
  expect(output).toBe('ok');
});

it('shows the end of a long output, with control characters made visible', async () => {
  const script = `process.stdout.write('x'.repeat(200_000) + '\\u001b[2Jend'); process.exitCode = 3`;
  const failure = await one({ restart: [process.execPath, '-e', script] })
    .writer.restart('one')
    .catch((error: Error) => error);
  expect(failure).toMatchObject({
    code: 'failed',
    message: expect.stringMatching(/code 3.*\\u\{1b\}\[2Jend$/),
  });
  expect((failure as Error).message.length).toBeLessThan(1_000);
});

it('names the program that cannot be started', async () => {
  await expect(one({ restart: ['/nowhere/restart-it'] }).writer.restart('one')).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringContaining('/nowhere/restart-it'),
  });
});

it('takes a service that does not answer for unhealthy', async () => {
  const silent = createTcpServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => {
    silent.close();
  });
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  expect(await one({ health: url }).reader.check('one')).toMatchObject({
    healthy: false,
    detail: 'no answer within 2000 ms',
  });
});

it('takes a closed port, a redirect and a broken answer for unhealthy', async () => {
  const closed = await one({ health: 'http://127.0.0.1:9/' }).reader.check('one');
  expect(closed).toMatchObject({ healthy: false });
  const redirecting = await listen((_, response) => response.writeHead(302, { location: '/well' }).end());
  expect((await one({ health: redirecting }).reader.check('one')).healthy).toBe(false);
  const closing = await listen((request) => request.socket.destroy());
  expect((await one({ health: closing }).reader.check('one')).healthy).toBe(false);
});

it('shows what the health check says, with control characters made visible', async () => {
  const url = await listen((_, response) =>
    response.writeHead(500).end(JSON.stringify({ detail: 'pool\u001b[31m full' })),
  );
  const { detail } = await one({ health: url }).reader.check('one');
  expect(detail).toContain('pool\\u{1b}[31m full');
});
