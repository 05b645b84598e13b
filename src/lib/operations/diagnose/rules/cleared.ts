import { noticeableErrorsPerSecond } from '../../errors/writers.ts';
import { largestOwner } from '../../queue/sample-estimate.ts';
import { redisTroubles } from '../../redis/troubles.ts';
import type { FindingKind } from '../finding.ts';
import type { Measurements } from '../measurements.ts';
import { percent, rate, size, whole } from '../words.ts';
import { errorsPerSecond } from './error-log-storm.ts';
import { connectionExhaustion, diskPressure, lockHead, replicationPressure } from './postgres.ts';
import { clientFlood, consumersStopped } from './queues.ts';

/** A cause that was looked for and is not there, with the number that says so. */
export interface Cleared {
  readonly kind: FindingKind;
  readonly because: string;
}

/** What the measurements rule out. What could not be measured rules nothing out. */
export function clearedCauses(seen: Measurements): Cleared[] {
  const cleared: Cleared[] = [];
  const add = (kind: FindingKind, because: string | null) => {
    if (because !== null) cleared.push({ kind, because });
  };
  add('error-log-storm', quietLog(seen));
  add('lock-pile-up', noLocks(seen));
  add('consumers-stopped', consumersAtWork(seen));
  add('client-flood', noFlood(seen));
  add('connection-exhaustion', connectionsLeft(seen));
  add('redis-memory', redisRoom(seen));
  add('redis-blocked', redisQuick(seen));
  add('replication-pressure', replicasClose(seen));
  add('unhealthy-service', servicesWell(seen));
  return cleared;
}

function quietLog(seen: Measurements): string | null {
  const perSecond = errorsPerSecond(seen);
  if (perSecond === null || perSecond >= noticeableErrorsPerSecond) return null;
  return `no error storm: ${rate(perSecond)} errors are written`;
}

function noLocks(seen: Measurements): string | null {
  if (!seen.blocking.ok || lockHead(seen) !== null) return null;
  return 'no lock pile-up: no session has held others up for a second or longer';
}

function consumersAtWork(seen: Measurements): string | null {
  if (!seen.volume.ok || consumersStopped(seen) !== null) return null;
  return `the consumers are at work: ${rate(seen.volume.value.totals.outPerSecond)} leave the queues`;
}

function noFlood(seen: Measurements): string | null {
  if (!seen.queueSample.ok || clientFlood(seen) !== null) return null;
  const waiting = seen.queueSample.value.reduce((sum, one) => sum + one.waiting, 0);
  const client = largestOwner(seen.queueSample.value, 'byClient');
  if (client === null || waiting === 0) return 'no flood: nothing waits';
  return `no flood by one client: the largest has ${percent(client.messages / waiting)} of ${whole(waiting)} waiting messages`;
}

function connectionsLeft(seen: Measurements): string | null {
  if (!seen.connections.ok || connectionExhaustion(seen) !== null) return null;
  const { used, most, reserved } = seen.connections.value;
  return `Postgres has connections left: ${whole(used)} of ${whole(most - reserved)} are taken`;
}

function redisRoom({ redis }: Measurements): string | null {
  if (!redis.ok || !redis.value.server.ok) return null;
  if (redisTroubles(redis.value).some(({ kind }) => kind === 'redis-memory')) return null;
  const { usedBytes, limitBytes, machineBytes } = redis.value.server.value.memory;
  const limit = limitBytes ?? machineBytes;
  return `Redis has memory left: ${size(usedBytes)}${limit === null ? '' : ` of ${size(limit)}`} used`;
}

function redisQuick({ redis }: Measurements): string | null {
  if (!redis.ok || !redis.value.roundTrips.ok) return null;
  if (redisTroubles(redis.value).some(({ kind }) => kind === 'redis-blocked')) return null;
  const { medianMs, worstMs } = redis.value.roundTrips.value;
  return `Redis is not blocked: a PING takes ${medianMs.toFixed(1)} ms, at worst ${worstMs.toFixed(1)} ms`;
}

function replicasClose(seen: Measurements): string | null {
  if (!seen.replication.ok || !seen.kept.ok || replicationPressure(seen) !== null) return null;
  if (diskPressure(seen) !== null) return null;
  return 'no pressure by replication: no replica is late and no slot keeps WAL';
}

function servicesWell({ services }: Measurements): string | null {
  if (!services.ok || services.value.length === 0) return null;
  if (services.value.some(({ healthy }) => healthy === false)) return null;
  return `all ${whole(services.value.length)} services are healthy`;
}
