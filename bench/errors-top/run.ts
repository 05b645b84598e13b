// `errors top` beside psql's exact GROUP BY, and what it costs the writers: node bench/errors-top/run.ts [millions of rows …] (8 unless told; 40 needs 9 GB of disk and some minutes).
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { errorsTop } from '../../src/lib/operations/errors/top.ts';
import { type PostgresServer, startPostgres } from '../../test/servers/postgres-server.ts';
import { insertCost } from './insert-cost.ts';
import { measuredTarget } from './measured-target.ts';
import { processorSeconds, readingSession } from './processor-time.ts';
import { run, stormTable } from './storm-table.ts';

const exec = promisify(execFile);
const exact =
  'select conversation_id, count(*) from orchestrator.error_log group by 1 order by 2 desc limit 8';
const repetitions = 9;

interface Row {
  readonly rows: number;
  readonly pages: number;
  readonly exactMs: number;
  readonly exactBuffers: number;
  readonly topMs: number;
  readonly topBuffers: number;
  /** Of the server's processes, which other work on the machine hardly changes. */
  readonly exactProcessorMs: number;
  readonly topProcessorMs: number;
  readonly processorRatio: number;
  readonly timeRatio: number;
  readonly bufferRatio: number;
  readonly sameTop8: boolean;
  /** Of the 8, how many exact shares since the onset lie within their interval. */
  readonly covered: number;
  readonly load: number;
}

const millions = process.argv.slice(2).map(Number);
const server = await startPostgres({
  settings: {
    shared_buffers: '6GB',
    max_wal_size: '8GB',
    maintenance_work_mem: '1GB',
    wal_level: 'minimal',
    max_wal_senders: '0',
  },
});
try {
  const table: Row[] = [];
  let inserting: Awaited<ReturnType<typeof insertCost>> | null = null;
  for (const many of millions.length === 0 ? [8] : millions) {
    process.stderr.write(`${many}M rows …\n`);
    const connection = await stormTable(server.connection, many * 1_000_000);
    const row = await compare(connection);
    table.push(row);
    process.stderr.write(`${JSON.stringify(row)}\n`);
    inserting ??= await insertCost(server, connection);
    await run(server.connection, [`drop database ${connection.database} with (force)`]);
  }
  process.stdout.write(`${markdown(table, inserting)}\n`);
  process.stdout.write(`${JSON.stringify({ schema: 'spillway/bench.errors-top/1', table, inserting })}\n`);
} finally {
  await server.stop();
}

async function compare(connection: PostgresServer['connection']): Promise<Row> {
  const [size] = await run(connection, [
    "select count(*)::float8 as rows, pg_relation_size('orchestrator.error_log') / 8192 as pages from orchestrator.error_log",
  ]);
  const target = measuredTarget(connection);
  const input = errorsTop.input.parse({ probes: 1, windowSeconds: 0 });
  const top: { ms: number; buffers: number }[] = [];
  const psql: number[] = [];
  let found: readonly string[] = [];
  let since = '';
  let intervals: readonly { group: string; low: number; high: number }[] = [];
  await errorsTop.plan(target.context, input);
  const session = await readingSession(connection);
  const postmaster = Number((await readFile(`/proc/${session}/stat`, 'utf8')).split(' ')[3]);
  let exactSeconds = 0;
  const topBegan = await processorSeconds(session);
  // Turn and turn about, so that both meet the same weather.
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    target.takeSpentMs();
    const { data } = await errorsTop.plan(target.context, { ...input, seed: repetition });
    top.push({ ms: target.takeSpentMs(), buffers: data.pagesRead });
    if (data.sinceOnset === null || 'unavailable' in data.sinceOnset) throw new Error(JSON.stringify(data));
    intervals = data.sinceOnset.groups;
    found = intervals.slice(0, 8).map((one) => one.group);
    since = data.sinceOnset.since;
    const before = await processorSeconds(postmaster, 'children');
    psql.push(await psqlMs(connection));
    await delay(100);
    exactSeconds += (await processorSeconds(postmaster, 'children')) - before;
  }
  const topProcessorMs = (1_000 * ((await processorSeconds(session)) - topBegan)) / repetitions;
  const exactProcessorMs = (1_000 * exactSeconds) / repetitions;
  await target.close();
  const buffers = await exactBuffers(connection);
  const [truth, shares] = [await run(connection, [exact]), await exactShares(connection, since)];
  const topMs = median(top.map((one) => one.ms));
  const topBuffers = median(top.map((one) => one.buffers));
  const exactMs = median(psql);
  return {
    rows: Number(size?.rows),
    pages: Number(size?.pages),
    exactMs,
    exactBuffers: buffers,
    topMs,
    topBuffers,
    exactProcessorMs,
    topProcessorMs,
    processorRatio: exactProcessorMs / topProcessorMs,
    timeRatio: exactMs / topMs,
    bufferRatio: buffers / topBuffers,
    sameTop8: truth.map((row) => String(row.conversation_id)).join() === found.join(),
    covered: intervals.slice(0, 8).filter(({ group, low, high }) => within(shares.get(group) ?? 0, low, high))
      .length,
    load: loadavg()[0] ?? 0,
  };
}

/** What psql says that the statement took, itself not counted. */
async function psqlMs(connection: PostgresServer['connection']): Promise<number> {
  const { stdout } = await exec(
    join(server.binDir, 'psql'),
    [
      '-X',
      '-c',
      '\\timing on',
      '-c',
      exact,
      '-h',
      connection.host,
      '-p',
      String(connection.port),
      '-U',
      connection.user,
      connection.database,
    ],
    { env: { PATH: process.env.PATH, PGPASSWORD: connection.password } },
  );
  const ms = /Time: ([\d.]+) ms/.exec(stdout)?.[1];
  if (ms === undefined) throw new Error(`psql did not say how long it took: ${stdout}`);
  return Number(ms);
}

async function exactBuffers(connection: PostgresServer['connection']): Promise<number> {
  const [row] = await run(connection, [`explain (analyze, buffers, timing off, format json) ${exact}`]);
  const [planned] = (row?.['QUERY PLAN'] ?? []) as { readonly Plan: Readonly<Record<string, number>> }[];
  const buffers = planned?.Plan ?? {};
  return (buffers['Shared Hit Blocks'] ?? 0) + (buffers['Shared Read Blocks'] ?? 0);
}

async function exactShares(
  connection: PostgresServer['connection'],
  since: string,
): Promise<ReadonlyMap<string, number>> {
  const rows = await run(connection, [
    `select conversation_id, count(*)::float8 / sum(count(*)) over () as share from orchestrator.error_log where created_at >= '${since}' group by 1`,
  ]);
  return new Map(rows.map((row) => [String(row.conversation_id), Number(row.share)]));
}

function within(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function markdown(table: readonly Row[], inserting: Awaited<ReturnType<typeof insertCost>> | null): string {
  const grouped = (value: number) => Math.round(value).toLocaleString('en-US');
  const lines = [
    '| rows | pages | exact: time | exact: buffers | errors top: time | buffers | time 1/ | processor time | processor 1/ | buffers 1/ | same top 8 | within interval | load |',
    '|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|---|--:|',
    ...table.map(
      (row) =>
        `| ${grouped(row.rows)} | ${grouped(row.pages)} | ${grouped(row.exactMs)} ms | ${grouped(row.exactBuffers)} | ${row.topMs.toFixed(1)} ms | ${grouped(row.topBuffers)} | ${row.timeRatio.toFixed(0)} | ${grouped(row.exactProcessorMs)} against ${row.topProcessorMs.toFixed(1)} ms | ${row.processorRatio.toFixed(0)} | ${row.bufferRatio.toFixed(0)} | ${row.sameTop8 ? 'yes' : 'NO'} | ${row.covered} of 8 | ${row.load.toFixed(1)} |`,
    ),
  ];
  if (inserting !== null)
    lines.push(
      '',
      `Inserts, 8 clients flat out, median of ${inserting.pairs} pairs of ${inserting.seconds} s: ${grouped(inserting.alone)}/s alone, ${grouped(inserting.watched)}/s with errors top every second (change by pairs ${(inserting.change * 100).toFixed(1)} %, at 96 % between ${(inserting.least * 100).toFixed(1)} and ${(inserting.most * 100).toFixed(1)} %); with psql's exact query every second ${grouped(inserting.exact)}/s.`,
      `The server's session took ${inserting.processorMs.toFixed(1)} ms of processor time a call: ${(inserting.ofCores * 100).toFixed(2)} % of ${inserting.cores} cores at one call a second.`,
    );
  return lines.join('\n');
}
