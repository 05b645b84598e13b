import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LabHost } from '../host.ts';
import type { LabLayout } from '../layout.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import { startDetached, stopProcess } from '../processes.ts';
import type { LabRecord } from '../record.ts';
import type { HeldScenario } from './names.ts';

interface Holder {
  readonly scenario: HeldScenario;
  readonly process: ProcessIdentity;
}

/** Starts the process that holds a scenario; one that ran before is stopped. */
export async function startHolder(host: LabHost, record: LabRecord, scenario: HeldScenario): Promise<void> {
  await stopHolder(host, record.layout);
  const process = await startDetached({
    command: record.nodePath,
    args: [
      '--disable-warning=ExperimentalWarning',
      record.entryPath,
      'scenario',
      scenario,
      record.layout.record,
    ],
    cwd: record.layout.logs,
    logFile: join(record.layout.logs, 'scenario.log'),
  });
  const file = holderFile(record.layout);
  writeFileSync(`${file}.next`, `${JSON.stringify({ scenario, process } satisfies Holder)}\n`, {
    mode: 0o600,
  });
  renameSync(`${file}.next`, file);
}

/** Stops the process that holds a scenario. Returns which one; null when none was held. */
export async function stopHolder(host: LabHost, layout: LabLayout): Promise<HeldScenario | null> {
  const holder = readHolder(layout);
  if (holder === null) return null;
  const ran = await stopProcess(host, holder.process, { signal: 'SIGTERM', graceMs: 5_000, thenKill: true });
  rmSync(holderFile(layout), { force: true });
  return ran ? holder.scenario : null;
}

function holderFile(layout: LabLayout): string {
  return join(dirname(layout.record), 'scenario.json');
}

function readHolder(layout: LabLayout): Holder | null {
  try {
    return JSON.parse(readFileSync(holderFile(layout), 'utf8')) as Holder;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
