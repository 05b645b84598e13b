import { existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LabHost } from './host.ts';
import { withLabLock } from './lab-lock.ts';
import { layoutOf } from './layout.ts';
import { removeCluster } from './postgres-cluster.ts';
import { stopProcess } from './processes.ts';
import { readRecord, writeRecord } from './record.ts';
import { stopHolder } from './scenarios/holder.ts';

export interface LabDownOptions {
  readonly host: LabHost;
  readonly labFolder: string;
  /** Also removes the data, the secrets and the logs. */
  readonly purge: boolean;
}

export interface LabDownResult {
  /** What ran and was stopped. */
  readonly stopped: readonly string[];
  readonly purged: boolean;
}

/**
 * Stops exactly what `up` started, told by pid and start time, also after a crash: services first, so that they can settle what
 * is in work, then Redis (its queues end with it) and Postgres (fast shutdown). Nothing to stop is no error.
 */
export async function labDown(options: LabDownOptions): Promise<LabDownResult> {
  const labFolder = resolve(options.labFolder);
  const layout = layoutOf(labFolder, options.host.uid);
  if (!existsSync(labFolder)) return { stopped: [], purged: false };
  return withLabLock(layout.lock, options.host.pid, 60_000, async () => {
    const record = readRecord(layout.record);
    const stopped: string[] = [];
    if (record) {
      const { host } = options;
      if ((await stopHolder(host, layout)) !== null) stopped.push('scenario');
      await Promise.all(
        record.processes.map(async ({ name, process }) => {
          if (await stopProcess(host, process, { signal: 'SIGTERM', graceMs: 8_000, thenKill: true }))
            stopped.push(name);
        }),
      );
      const stores = await Promise.allSettled([
        stopProcess(host, record.redis.process, { signal: 'SIGTERM', graceMs: 30_000, thenKill: false }),
        // SIGINT is Postgres's fast shutdown: sessions are ended, everything is on disk
        stopProcess(host, record.postgres.process, { signal: 'SIGINT', graceMs: 60_000, thenKill: false }),
      ]);
      for (const [index, outcome] of stores.entries()) {
        if (outcome.status === 'rejected') throw outcome.reason;
        if (outcome.value) stopped.push(index === 0 ? 'redis' : 'postgres');
      }
      writeRecord({
        ...record,
        redis: { ...record.redis, process: null },
        postgres: { ...record.postgres, process: null },
        processes: record.processes.map((process) => ({ ...process, process: null })),
      });
    }
    if (options.purge) {
      removeCluster(layout.postgres);
      rmSync(labFolder, { recursive: true, force: true });
    }
    return { stopped, purged: options.purge };
  });
}
