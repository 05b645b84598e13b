import { resolve } from 'node:path';
import type { LabHost } from '../host.ts';
import { withLabLock } from '../lab-lock.ts';
import { layoutOf } from '../layout.ts';
import { dispatcherChannels, isProcessName, type ProcessName } from '../names.ts';
import { stopProcess } from '../processes.ts';
import { type LabRecord, processOf, requireRecord, writeRecord } from '../record.ts';
import { type LabStormOptions, type LabStormResult, labStorm } from '../storm.ts';
import { labUp } from '../up.ts';
import { startHolder, stopHolder } from './holder.ts';
import { isHeldScenario, type ScenarioName } from './names.ts';
import {
  blockRedis,
  fillRedis,
  freePostgres,
  freeRedis,
  keepWal,
  leaveBehind,
  waitUntilHeld,
} from './stores.ts';

export interface LabScenarioResult {
  readonly scenario: ScenarioName;
  /** What was done, for people, one sentence each. */
  readonly did: readonly string[];
  /** The activations, where the scenario injects messages. */
  readonly storm: LabStormResult | null;
}

/**
 * Lets one thing go wrong in the lab, for real: real locks, connections, limits and processes. It lasts until scenario `calm`, except for messages, which are worked off.
 * @throws SpillwayError `refused` where there is no lab; `failed` when it did not begin
 */
export async function labScenario(
  host: LabHost,
  name: ScenarioName,
  options: LabStormOptions,
): Promise<LabScenarioResult> {
  const labFolder = resolve(options.labFolder);
  const layout = layoutOf(labFolder, host.uid);
  const record = requireRecord(layout.record);
  const done = (did: readonly string[]): LabScenarioResult => ({ scenario: name, did, storm: null });
  if (isHeldScenario(name)) {
    await startHolder(host, record, name);
    await waitUntilHeld(record, 30_000);
    return done([
      name === 'lock-pile-up'
        ? 'a session holds an ACCESS EXCLUSIVE lock on orchestrator.conversations in an open transaction'
        : 'every connection for ordinary roles is taken, and taken again when it becomes free',
    ]);
  }
  switch (name) {
    case 'error-log-storm':
      return { ...done([]), storm: await labStorm(options) };
    case 'client-flood':
      return { ...done([]), storm: await labStorm({ ...options, conversations: 1, validity: 'valid' }) };
    case 'consumers-stopped':
      return done([`stopped: ${(await stopDispatchers(host, layout)).join(', ')}`]);
    case 'redis-memory':
      return done([await fillRedis(record)]);
    case 'redis-blocked':
      await blockRedis(record);
      return done(['a script runs in Redis that does not end; it answers BUSY']);
    case 'replication-pressure':
      await keepWal(record);
      return done(['a replication slot that nobody reads keeps the WAL']);
    case 'left-behind':
      await leaveBehind(record);
      return done(['injection is switched off and conversation 4 is stopped']);
    case 'calm':
      return done(await calm(host, labFolder, record));
  }
}

/** Each settles or gives back what it has in work, and ends; nobody starts it again. */
async function stopDispatchers(host: LabHost, layout: LabRecord['layout']): Promise<ProcessName[]> {
  const names = Object.keys(dispatcherChannels).filter((name) => isProcessName(name));
  return withLabLock(layout.lock, host.pid, 60_000, async () => {
    const record = requireRecord(layout.record);
    await Promise.all(
      names.map((name) =>
        stopProcess(host, processOf(record, name).process, {
          signal: 'SIGTERM',
          graceMs: 8_000,
          thenKill: true,
        }),
      ),
    );
    writeRecord({
      ...record,
      processes: record.processes.map((one) => (names.includes(one.name) ? { ...one, process: null } : one)),
    });
    return names;
  });
}

/** Gives free what the other scenarios hold, and starts what they stopped. Messages that wait go on waiting. */
async function calm(host: LabHost, labFolder: string, record: LabRecord): Promise<string[]> {
  const held = await stopHolder(host, record.layout);
  const freed = [...(await freeRedis(record)), ...(await freePostgres(record))];
  const { started } = await labUp({ host, labFolder });
  return [
    ...(held === null ? [] : [`${held} is no longer held`]),
    ...freed,
    ...(started.length === 0 ? [] : [`started: ${started.join(', ')}`]),
  ];
}
