import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { errorsTop } from '../../src/lib/operations/errors/top.ts';
import type { PostgresServer } from '../../test/servers/postgres-server.ts';
import { measuredTarget } from './measured-target.ts';
import { processorSeconds, readingSession } from './processor-time.ts';
import { run } from './storm-table.ts';

const exec = promisify(execFile);
const pairs = 12;
const seconds = 3;
const cores = availableParallelism();

const insert = `insert into orchestrator.error_log (conversation_id, activation_id, message_id, channel, code, detail)
values (11 * (1 + floor(8 * power(random(), 2))::int), 1, gen_random_uuid(), 'email', 'EMPTY_ADDRESS', repeat('d', 40));\n`;

/**
 * Inserts per second with 8 clients of pgbench: alone, with `errors top` every second, and with the exact query every second. Runs alternate; medians, and the change by pairs.
 * On a machine that does other work the pairs differ by more than what is looked for, so the processor time of the session that reads is taken, too: what it takes of the cores, the
 * writers cannot have.
 */
export async function insertCost(server: PostgresServer, connection: PostgresServer['connection']) {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-bench-'));
  const script = join(folder, 'insert.sql');
  await writeFile(script, insert);
  const target = measuredTarget(connection);
  const input = errorsTop.input.parse({ probes: 2, windowSeconds: 0.5 });
  const alone: number[] = [];
  const watched: number[] = [];
  const exact: number[] = [];
  let calls = 0;
  let busySeconds = 0;
  try {
    await pgbench();
    await errorsTop.plan(target.context, input);
    const pid = await readingSession(connection);
    for (let pair = 0; pair < pairs; pair += 1) {
      alone.push(await pgbench());
      const before = await processorSeconds(pid);
      watched.push(
        await during(async () => {
          calls += 1;
          await errorsTop.plan(target.context, { ...input, seed: pair });
        }),
      );
      busySeconds += (await processorSeconds(pid)) - before;
      if (pair < 2)
        exact.push(
          await during(() =>
            run(connection, ['select conversation_id, count(*) from orchestrator.error_log group by 1']),
          ),
        );
    }
  } finally {
    await target.close();
    await rm(folder, { recursive: true });
  }
  const changes = alone.map((one, at) => (watched[at] ?? Number.NaN) / one - 1).toSorted((a, b) => a - b);
  const processorMs = (1_000 * busySeconds) / calls;
  return {
    ...{ pairs, seconds, alone: median(alone), watched: median(watched), exact: median(exact) },
    // the 3rd and the 10th of 12 hold the median at 96 %
    ...{ change: median(changes), least: changes[2] ?? Number.NaN, most: changes[9] ?? Number.NaN },
    ...{ processorMs, ofCores: processorMs / (1_000 * cores), cores },
  };

  async function pgbench(): Promise<number> {
    const { stdout } = await exec(
      join(server.binDir, 'pgbench'),
      [
        ...['-n', '-c', '8', '-j', '1', '-M', 'prepared', '-T', String(seconds), '-f', script],
        ...['-h', connection.host, '-p', String(connection.port), '-U', connection.user, connection.database],
      ],
      { env: { PATH: process.env.PATH, PGPASSWORD: connection.password } },
    );
    return Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  }

  /** The inserts while `work` is done once a second. */
  async function during(work: () => Promise<unknown>): Promise<number> {
    const rate = pgbench();
    const endAt = performance.now() + seconds * 1_000;
    while (performance.now() < endAt - 500) {
      const nextAt = performance.now() + 1_000;
      await work();
      await delay(Math.max(0, nextAt - performance.now()));
    }
    return rate;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
