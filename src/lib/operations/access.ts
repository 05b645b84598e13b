import type { ArchiveReader, ArchiveWriter } from '../archive/contract.ts';
import type { Operation } from '../core/operation.ts';
import type { NotifierReader, NotifierWriter } from '../drivers/notifier/driver.ts';
import type { QueueReader, QueueWriter } from '../drivers/queue/driver.ts';
import type { ServiceReader, ServiceWriter } from '../drivers/service/driver.ts';
import type { SnapshotReader, SnapshotWriter } from '../drivers/snapshot/driver.ts';
import type { OrchestratorReader, OrchestratorWriter } from '../orchestrator/contract.ts';
import type { DatabaseReader } from '../orchestrator/database.ts';
import type { Examination } from '../orchestrator/examination.ts';
import type { PulseReader } from '../orchestrator/pulse.ts';
import type { RedisServerReader } from '../orchestrator/redis-server.ts';

/** What the operator expects of the target in normal times. */
export interface ExpectedLevel {
  /** Messages delivered per second over all channels; null when the configuration does not say. */
  readonly deliveriesPerSecond: number | null;
}

/** Everything an operation may look at. Each reader connects on first use, so an operation that needs only Redis works while Postgres is down. */
export interface ReadAccess {
  readonly orchestrator: OrchestratorReader;
  readonly database: DatabaseReader;
  readonly pulse: PulseReader;
  /** The server that holds the queues. */
  readonly redis: RedisServerReader;
  readonly queue: QueueReader;
  readonly services: ServiceReader;
  readonly snapshots: SnapshotReader;
  readonly notifier: NotifierReader;
  readonly archive: ArchiveReader;
  /** How the connections themselves are examined before an incident. */
  readonly examination: Examination;
  readonly expected: ExpectedLevel;
}

/** Everything an operation may change; lent by the engine inside a journaled step only. */
export interface WriteAccess {
  readonly orchestrator: OrchestratorWriter;
  readonly queue: QueueWriter;
  readonly services: ServiceWriter;
  readonly snapshots: SnapshotWriter;
  readonly notifier: NotifierWriter;
  readonly archive: ArchiveWriter;
}

/** An operation of this catalogue. */
export type CatalogueOperation<Input, Data> = Operation<Input, Data, ReadAccess, WriteAccess>;

/** An operation whose input and data are its own business. */
// biome-ignore lint/suspicious/noExplicitAny: who handles operations in general passes inputs and data through without looking at them
export type AnyCatalogueOperation = Operation<any, any, ReadAccess, WriteAccess>;
