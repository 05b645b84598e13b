import type { ProcessName } from '../names.ts';
import type { LabRecord } from '../record.ts';
import type { Health } from './health.ts';

/** What every process of the lab is given. */
export interface ServiceContext {
  readonly name: ProcessName;
  readonly record: LabRecord;
  readonly health: Health;
  /** Aborted when the process is to end: finish the message in work, take no other. */
  readonly stop: AbortSignal;
  /** Writes a line to the service's log. */
  log(line: string): void;
}

/** A service at work. */
export interface RunningService {
  /** Resolves when, after `stop`, everything in work is settled or given back. */
  readonly ended: Promise<void>;
  /** Answers a request that is not for the health endpoint; undefined when the path is unknown. */
  answer?(request: ServiceRequest): Promise<ServiceAnswer | undefined>;
}

export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly contentType: 'application/json' | 'text/plain';
  readonly body: string;
}

export function jsonAnswer(status: number, value: unknown): ServiceAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}
