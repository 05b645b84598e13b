import type { QueueSample } from '../../drivers/queue/driver.ts';
import type { ServiceState } from '../../drivers/service/driver.ts';
import type { ActivationRecord, ConversationRecord, Names, Switches } from '../../orchestrator/contract.ts';
import type { ConnectionCount, SessionGroup, WaitingLocks } from '../../orchestrator/database.ts';
import type { ArchiverState, ReplicationSlot, ReplicationState } from '../../orchestrator/server-views.ts';
import type { BlockingTree } from '../database/blocking-tree.ts';
import type { ErrorsRateData } from '../errors/rate.ts';
import type { ErrorsTopData } from '../errors/top.ts';
import type { RedisHealthData } from '../redis/readings.ts';
import type { VolumeShowData } from '../volume/show.ts';
import type { Seen } from './seen.ts';

/** Sessions averaged over the samples. */
export interface AveragedSessions {
  readonly samples: number;
  readonly groups: readonly SessionGroup[];
  /** Sessions whose state the role may not see. */
  readonly hidden: number;
}

/** What the statements that name an error-log table cost. */
export interface ErrorLogCost {
  /** Of the time of all statements in the window, 0–1. */
  readonly share: number;
  /** For each insert into the log; null when none was seen. */
  readonly msPerError: number | null;
}

/** A replication slot, and how fast the WAL grows that it keeps. */
export interface KeptWal {
  readonly slots: readonly ReplicationSlot[];
  readonly walBytesPerSecond: number | null;
}

/** Everything that the rules judge. Each part was taken by itself and may be missing. */
export interface Measurements {
  /** ISO-8601. */
  readonly measuredAt: string;
  readonly windowSeconds: number;
  /** Messages delivered per second in normal times; null when the configuration does not say. */
  readonly expectedDeliveriesPerSecond: number | null;
  /** Whether somebody is already at work on it; null when that is not known. */
  readonly incidentOpen: boolean | null;
  readonly connections: Seen<ConnectionCount>;
  readonly sessions: Seen<AveragedSessions>;
  /** The tree that was worst among the samples. */
  readonly blocking: Seen<BlockingTree>;
  readonly locks: Seen<readonly WaitingLocks[]>;
  readonly errorRate: Seen<ErrorsRateData>;
  readonly errorCost: Seen<ErrorLogCost>;
  readonly errorsTop: Seen<ErrorsTopData>;
  readonly switches: Seen<Switches>;
  readonly stopped: Seen<readonly ConversationRecord[]>;
  readonly paused: Seen<readonly ActivationRecord[]>;
  /** Newest activations of the conversations that write errors or fill the queues. */
  readonly activations: Seen<readonly ActivationRecord[]>;
  readonly names: Seen<Names>;
  readonly replication: Seen<ReplicationState>;
  readonly kept: Seen<KeptWal>;
  readonly archiver: Seen<ArchiverState>;
  readonly redis: Seen<RedisHealthData>;
  readonly volume: Seen<VolumeShowData>;
  readonly queueSample: Seen<readonly QueueSample[]>;
  readonly services: Seen<readonly ServiceState[]>;
}
