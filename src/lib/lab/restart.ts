import { resolve } from 'node:path';
import { SpillwayError } from '../core/errors.ts';
import type { LabHost } from './host.ts';
import { withLabLock } from './lab-lock.ts';
import { layoutOf } from './layout.ts';
import { isProcessName, processNames } from './names.ts';
import { stopProcess } from './processes.ts';
import { processOf, requireRecord, writeRecord } from './record.ts';
import { startService, waitUntilHealthy } from './service-processes.ts';

/**
 * Restarts one service: SIGTERM, wait until it has settled or given back what is in work, kill if it does not end, start, wait
 * until it is healthy again. Nothing is lost.
 * @throws SpillwayError `usage` for an unknown name, `failed` when it does not become healthy
 */
export async function restartLabService(options: {
  readonly host: LabHost;
  readonly labFolder: string;
  readonly name: string;
}): Promise<{ readonly pid: number }> {
  const { host, name } = options;
  if (!isProcessName(name))
    throw new SpillwayError('usage', `the lab has no service ${name}`, {
      suggestions: [`the services are: ${processNames.join(', ')}`],
    });
  const layout = layoutOf(resolve(options.labFolder), host.uid);
  requireRecord(layout.record);
  return withLabLock(layout.lock, host.pid, 60_000, async () => {
    const record = requireRecord(layout.record);
    await stopProcess(host, processOf(record, name).process, {
      signal: 'SIGTERM',
      graceMs: 8_000,
      thenKill: true,
    });
    const process = await startService(record, name);
    const restarted = {
      ...record,
      processes: record.processes.map((other) => (other.name === name ? { ...other, process } : other)),
    };
    writeRecord(restarted);
    await waitUntilHealthy(restarted, [name], 30_000);
    return { pid: process.pid };
  });
}
