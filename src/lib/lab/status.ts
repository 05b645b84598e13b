import { messageOf } from '../core/errors.ts';
import { labAccount } from './account.ts';
import { layoutOf } from './layout.ts';
import { type Channel, databaseName, loopback, type ProcessName, roles, serviceNames } from './names.ts';
import { isRunning } from './process-identity.ts';
import { type LabRecord, processOf, requireRecord } from './record.ts';
import { healthUrl, isHealthy } from './service-processes.ts';

/** The data of `spillway/lab.status/1`. */
export interface LabStatus {
  /** The name of the lab's target. */
  readonly target: 'lab';
  readonly messagesPerSecond: number;
  readonly postgres: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
    readonly pid: number | null;
  };
  readonly redis: { readonly host: string; readonly port: number; readonly pid: number | null };
  readonly services: readonly ServiceStatus[];
  readonly inbox: ServiceStatus;
  /** Empty when Redis does not answer; `problems` says why. */
  readonly queues: readonly QueueStatus[];
  readonly problems: readonly string[];
}

export interface ServiceStatus {
  readonly name: ProcessName;
  /** Null when it does not run. */
  readonly pid: number | null;
  readonly healthy: boolean;
  readonly healthUrl: string;
}

export interface QueueStatus {
  readonly channel: Channel;
  readonly injected: number;
  readonly waiting: number;
  readonly processing: number;
  readonly delivered: number;
  readonly failed: number;
  /** In Spillway's quarantine, or archived. */
  readonly takenOut: number;
  /** Failures that were left out of the error log, because the switch said so. */
  readonly errorWritesDropped: number;
}

/**
 * How the lab is. Works while parts of it, or all of it, are down.
 * @throws SpillwayError `refused` where there is no lab
 */
export async function labStatus(options: {
  readonly labFolder: string;
  readonly uid: number;
}): Promise<LabStatus> {
  const record = requireRecord(layoutOf(options.labFolder, options.uid).record);
  const [services, inbox, queues] = await Promise.all([
    Promise.all(serviceNames.map((name) => serviceStatus(record, name))),
    serviceStatus(record, 'inbox'),
    queueStatus(options),
  ]);
  const postgresPid = isRunning(record.postgres.process) ? record.postgres.process.pid : null;
  const redisPid = isRunning(record.redis.process) ? record.redis.process.pid : null;
  return {
    target: 'lab',
    messagesPerSecond: record.messagesPerSecond,
    postgres: {
      host: loopback,
      port: record.postgres.port,
      database: databaseName,
      user: roles.operator,
      pid: postgresPid,
    },
    redis: { host: loopback, port: record.redis.port, pid: redisPid },
    services,
    inbox,
    queues: typeof queues === 'string' ? [] : queues,
    problems: [
      ...(postgresPid === null ? ['PostgreSQL does not run'] : []),
      ...(typeof queues === 'string' ? [queues] : []),
      ...[...services, inbox].filter(({ healthy }) => !healthy).map(({ name }) => `${name} is not healthy`),
    ],
  };
}

async function serviceStatus(record: LabRecord, name: ProcessName): Promise<ServiceStatus> {
  const { process } = processOf(record, name);
  const pid = isRunning(process) ? process.pid : null;
  return {
    name,
    pid,
    healthy: pid !== null && (await isHealthy(record, name)),
    healthUrl: healthUrl(record, name),
  };
}

/** The queues, or why they cannot be read. */
async function queueStatus(options: {
  readonly labFolder: string;
  readonly uid: number;
}): Promise<readonly QueueStatus[] | string> {
  try {
    const { channels } = await labAccount(options);
    return channels.map((account) => ({
      channel: account.channel,
      injected: account.injected,
      delivered: account.delivered,
      failed: account.failed,
      waiting: account.waiting,
      processing: account.processing,
      takenOut: account.takenOut,
      errorWritesDropped: account.errorWritesDropped,
    }));
  } catch (error) {
    return `Redis does not answer: ${messageOf(error)}`;
  }
}
