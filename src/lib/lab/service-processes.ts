import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SpillwayError } from '../core/errors.ts';
import { loopback, type ProcessName } from './names.ts';
import { isRunning, type ProcessIdentity } from './process-identity.ts';
import { startDetached } from './processes.ts';
import { type LabRecord, processOf } from './record.ts';

/** Starts a process of the lab; it is ready when its health endpoint says so. */
export function startService(record: LabRecord, name: ProcessName): Promise<ProcessIdentity> {
  return startDetached({
    command: record.nodePath,
    args: ['--disable-warning=ExperimentalWarning', record.entryPath, 'service', name, record.layout.record],
    cwd: record.layout.logs,
    logFile: serviceLog(record, name),
  });
}

function serviceLog(record: LabRecord, name: ProcessName): string {
  return join(record.layout.logs, `${name}.log`);
}

export function healthUrl(record: LabRecord, name: ProcessName): string {
  return `http://${loopback}:${processOf(record, name).port}/health`;
}

/** Whether this lab's process of that name answers that it is healthy. */
export async function isHealthy(record: LabRecord, name: ProcessName): Promise<boolean> {
  let response: Response;
  try {
    response = await fetch(healthUrl(record, name), { signal: AbortSignal.timeout(2_000) });
  } catch (error) {
    // nobody listens, or it does not answer in time
    if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError'))
      return false;
    throw error;
  }
  const answer = (await response.json()) as { readonly lab?: unknown };
  return response.status === 200 && answer.lab === record.labId;
}

/**
 * Waits until each of the processes is healthy.
 * @throws SpillwayError `failed`, which names the one that ended or did not become healthy, and its log
 */
export async function waitUntilHealthy(
  record: LabRecord,
  names: readonly ProcessName[],
  withinMs: number,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  await Promise.all(
    names.map(async (name) => {
      while (!(await isHealthy(record, name))) {
        const ended = !isRunning(processOf(record, name).process);
        if (ended || performance.now() > deadline)
          throw new SpillwayError(
            'failed',
            `${name} ${ended ? 'ended at once' : 'did not become healthy'}; see ${serviceLog(record, name)}`,
          );
        await delay(40);
      }
    }),
  );
}
