// What `spillway watch` costs the database: node bench/watch/cost.ts [pairs] [rows] [interval in seconds]. Needs the build (npm run build) and a PostgreSQL on the machine; Linux.
// A private, durable PostgreSQL; a log of `rows`; 8 clients that insert one row a transaction, flat out. `watch --json` runs against it as a process of its own and is
// stopped and continued by turns of five samples. Two measures: the processor time of the watch's server process as a share of the server's (hardly disturbed by other work on
// the machine), and the inserts with and without it, pair by pair (disturbed by everything, so with an interval).
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { stringify } from 'yaml';
import { cliEnvironment, program } from '../../test/cli/spawn-cli.ts';
import { type PostgresConnection, startPostgres } from '../../test/servers/postgres-server.ts';

const pairs = Number(process.argv[2] ?? 10);
const rows = Number(process.argv[3] ?? 1_000_000);
const interval = process.argv[4] ?? '2';
const clients = 8;
const turnMs = 5_000 * Number(interval);

const schema = `
create schema orchestrator;
create table orchestrator.clients (id integer primary key, name text not null);
create table orchestrator.conversations (id integer primary key, client_id integer not null, name text not null,
  status text not null default 'active', updated_at timestamptz not null default now(), updated_by text not null default 'bench');
create table orchestrator.error_log (id bigint generated always as identity primary key, conversation_id integer, activation_id integer, message_id uuid, channel text not null,
  code text not null, detail text not null, created_at timestamptz not null default now());
create table orchestrator.error_totals (conversation_id integer primary key, errors bigint not null default 0, last_error_at timestamptz);
insert into orchestrator.clients select n, 'Client ' || n from generate_series(1, 40) n;
insert into orchestrator.conversations (id, client_id, name) select n, n % 40 + 1, 'Conversation ' || n from generate_series(1, 200) n;
insert into orchestrator.error_log (conversation_id, activation_id, channel, code, detail, created_at)
  select n % 8 + 1, 10, 'email', 'invalid', repeat('x', 80), now() - interval '1 hour' from generate_series(1, ${rows}) n;
vacuum analyze orchestrator.error_log;
checkpoint`;

const server = await startPostgres({ durable: true, settings: { max_wal_size: '8GB' } });
try {
  process.stdout.write(`${await measure(server.connection, server.pid)}\n`);
} finally {
  await server.stop();
}

async function measure(connection: PostgresConnection, postmaster: number): Promise<string> {
  const admin = new pg.Client(connection);
  await admin.connect();
  for (const statement of schema.split(';')) await admin.query(statement);
  const over = new AbortController();
  const inserted = { count: 0 };
  const writers = Array.from({ length: clients }, () => insert(connection, over.signal, inserted));
  const watch = await startWatch(connection);
  try {
    const { rows: found } = await admin.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'spillway'`,
    );
    const backend = found[0]?.pid ?? 0;
    const turns: { readonly on: number; readonly off: number }[] = [];
    const cpu = { watch: 0, server: 0, seconds: 0, inserts: 0 };
    for (let pair = 0; pair < pairs; pair += 1) {
      const turn = { on: 0, off: 0 };
      for (const state of pair % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const)) {
        watch.child.kill(state === 'on' ? 'SIGCONT' : 'SIGSTOP');
        await delay(100);
        const before = { own: await cpuOf(backend), all: await cpuOfChildren(postmaster) };
        const [startedAt, first] = [performance.now(), inserted.count];
        await delay(turnMs);
        const seconds = (performance.now() - startedAt) / 1_000;
        turn[state] = (inserted.count - first) / seconds;
        if (state === 'off') continue;
        cpu.watch += (await cpuOf(backend)) - before.own;
        cpu.server += (await cpuOfChildren(postmaster)) - before.all;
        cpu.seconds += seconds;
        cpu.inserts += turn.on * seconds;
      }
      turns.push(turn);
    }
    return report(turns, cpu);
  } finally {
    watch.child.kill('SIGCONT');
    watch.child.kill('SIGTERM');
    over.abort();
    await Promise.all(writers);
    await admin.end();
    await watch.remove();
  }
}

async function insert(connection: PostgresConnection, signal: AbortSignal, inserted: { count: number }) {
  const client = new pg.Client(connection);
  await client.connect();
  while (!signal.aborted) {
    await client.query({
      name: 'insert',
      text: `insert into orchestrator.error_log (conversation_id, activation_id, channel, code, detail) values ($1, 10, 'email', 'invalid', $2)`,
      values: [1 + (inserted.count % 8), 'x'.repeat(80)],
    });
    inserted.count += 1;
  }
  await client.end();
}

/** `watch` as a process of its own; resolves when it has written its first line. */
async function startWatch({ host, port, database, user, password }: PostgresConnection) {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-bench-'));
  const postgres = { host, port, database, user, password: { env: 'BENCH_PASSWORD' } };
  await writeFile(join(folder, 'spillway.yaml'), stringify({ targets: { bench: { postgres } } }));
  const child = spawn(process.execPath, [program, 'watch', '--json', '--interval', interval], {
    cwd: folder,
    env: cliEnvironment(folder, { BENCH_PASSWORD: password }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const first = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', () => first.resolve());
  await first.promise;
  return { child, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Processor seconds of one process so far, as the scheduler counts them; 0 when it is gone. */
async function cpuOf(pid: number): Promise<number> {
  const [nanoseconds] = await fieldsOf(`/proc/${pid}/schedstat`);
  return Number(nanoseconds ?? 0) / 1e9;
}

async function cpuOfChildren(parent: number): Promise<number> {
  let sum = 0;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await fieldsOf(`/proc/${name}/stat`);
    if (Number(stat[1]) === parent) sum += await cpuOf(Number(name));
  }
  return sum;
}

/** The fields of a file of /proc, after the name of the process where it has one; none for a process that is gone. */
async function fieldsOf(path: string): Promise<readonly string[]> {
  try {
    const text = await readFile(path, 'utf8');
    return text
      .slice(text.lastIndexOf(')') + 1)
      .trim()
      .split(' ');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return [];
    throw error;
  }
}

function report(
  turns: readonly { readonly on: number; readonly off: number }[],
  cpu: Readonly<Record<'watch' | 'server' | 'seconds' | 'inserts', number>>,
): string {
  const losses = turns.map(({ on, off }) => 1 - on / off);
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  const variance = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / (losses.length - 1);
  const half = 1.96 * Math.sqrt(variance / losses.length);
  const sorted = losses.toSorted((a, b) => a - b);
  const result = {
    schema: 'spillway/bench.watch/1',
    ...{ pairs: turns.length, clients, rows, intervalSeconds: Number(interval), load: loadavg()[0] ?? 0 },
    insertsPerSecond: {
      off: turns.reduce((sum, turn) => sum + turn.off, 0) / turns.length,
      on: turns.reduce((sum, turn) => sum + turn.on, 0) / turns.length,
    },
    loss: { mean, low: mean - half, high: mean + half, median: sorted[Math.floor(sorted.length / 2)] ?? 0 },
    watchCpuMsPerSecond: (cpu.watch / cpu.seconds) * 1_000,
    serverCpuMsPerSecond: (cpu.server / cpu.seconds) * 1_000,
    watchShareOfServerCpu: cpu.watch / cpu.server,
    watchShareOfMachine: cpu.watch / cpu.seconds / availableParallelism(),
    insertsThatASampleCosts: cpu.watch / (cpu.seconds / Number(interval)) / (cpu.server / cpu.inserts),
  };
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  return [
    '| measure | value |',
    '|---|---|',
    `| inserts a second, watch stopped | ${result.insertsPerSecond.off.toFixed(0)} |`,
    `| inserts a second, watch running | ${result.insertsPerSecond.on.toFixed(0)} |`,
    `| inserts lost, mean of ${turns.length} pairs (95 %) | ${percent(mean)} (${percent(mean - half)} to ${percent(mean + half)}) |`,
    `| processor time of the watch's server process | ${result.watchCpuMsPerSecond.toFixed(2)} ms a second |`,
    `| processor time of the server | ${result.serverCpuMsPerSecond.toFixed(0)} ms a second |`,
    `| the watch's share of the server's processor time | ${percent(result.watchShareOfServerCpu)} |`,
    `| the watch's share of the machine's processors | ${percent(result.watchShareOfMachine)} |`,
    `| a sample costs as much as so many inserts | ${result.insertsThatASampleCosts.toFixed(0)} |`,
    '',
    JSON.stringify(result),
  ].join('\n');
}
