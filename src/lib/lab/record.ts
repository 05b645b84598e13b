import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { SpillwayError } from '../core/errors.ts';
import type { LabLayout } from './layout.ts';
import { type SecretName, secretFile } from './layout.ts';
import type { ProcessName } from './names.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What a lab is and which processes it started: the content of lab.json. It holds no secret. */
export interface LabRecord {
  readonly version: 1;
  /** Tells this lab's processes from those of another lab. */
  readonly labId: string;
  readonly createdAt: string;
  /** The steady stream of valid messages, all channels and clients together. */
  readonly messagesPerSecond: number;
  /** Concurrent workers of each dispatcher; each has its own Postgres session. */
  readonly workersPerDispatcher: number;
  readonly nodePath: string;
  readonly entryPath: string;
  readonly layout: LabLayout;
  readonly postgres: {
    readonly port: number;
    readonly binDir: string;
    readonly version: string;
    /** Whether schema, roles and seed are in place. */
    readonly prepared: boolean;
    /** The cluster's own identity, as pg_control_system() tells it; null until it is prepared. */
    readonly systemIdentifier: string | null;
    readonly process: ProcessIdentity | null;
  };
  readonly redis: {
    readonly port: number;
    readonly path: string;
    readonly version: string;
    readonly process: ProcessIdentity | null;
  };
  readonly processes: readonly ProcessRecord[];
}

/** One Node.js process of the lab. Its port stays the same over restarts, so that its health URL does. */
export interface ProcessRecord {
  readonly name: ProcessName;
  readonly port: number;
  readonly process: ProcessIdentity | null;
}

/** The record of the lab, or undefined where `up` was never run. */
export function readRecord(recordFile: string): LabRecord | undefined {
  let text: string;
  try {
    text = readFileSync(recordFile, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return JSON.parse(text) as LabRecord;
}

/** @throws SpillwayError `refused` where there is no lab */
export function requireRecord(recordFile: string): LabRecord {
  const record = readRecord(recordFile);
  if (!record)
    throw new SpillwayError('refused', 'there is no lab here', { suggestions: ['spillway lab up'] });
  return record;
}

/** Replaces the record in one step: a reader sees the old one or the new one. */
export function writeRecord(record: LabRecord): void {
  const next = `${record.layout.record}.next`;
  writeFileSync(next, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(next, record.layout.record);
}

export function readSecret(layout: LabLayout, name: SecretName): string {
  return readFileSync(secretFile(layout, name), 'utf8').trim();
}

export function processOf(record: LabRecord, name: ProcessName): ProcessRecord {
  const found = record.processes.find((process) => process.name === name);
  if (!found) throw new Error(`lab.json knows no process ${name}`);
  return found;
}
