import type { ReadContext } from '../../core/operation.ts';
import type {
  ArchiverState,
  CheckpointCounts,
  CounterReading,
  DatabaseCounts,
  IoCounts,
  OpenTransaction,
  RelationSize,
  ReplicationSlot,
  ReplicationState,
  ServerFacts,
  TableCounts,
  VacuumState,
  WalCounts,
  WalFiles,
} from '../../orchestrator/server-views.ts';
import type { ReadAccess } from '../access.ts';
import {
  type DatabaseRates,
  databaseRates,
  type GrowthView,
  growth,
  type HotTable,
  hotTables,
  type IoView,
  ioRates,
} from './server-rates.ts';
import { isUnavailable, type Viewed, type Viewer } from './view.ts';
import { type CheckpointView, checkpointRates, type WalRates, walRates } from './wal-rates.ts';

/** What the server says about its work over the window; each view by itself. */
export interface ServerMeasured {
  readonly server: Viewed<ServerFacts>;
  readonly tables: Viewed<{ readonly tables: readonly HotTable[] }>;
  readonly growth: Viewed<GrowthView>;
  readonly database: Viewed<DatabaseRates>;
  readonly wal: Viewed<WalRates>;
  readonly walFiles: Viewed<WalFiles>;
  readonly archiver: Viewed<ArchiverState>;
  readonly checkpoints: Viewed<CheckpointView>;
  readonly io: Viewed<IoView>;
  readonly vacuum: Viewed<VacuumState>;
  readonly transactions: Viewed<{ readonly oldest: readonly OpenTransaction[] }>;
  readonly replication: Viewed<ReplicationState>;
  readonly slots: Viewed<{ readonly slots: readonly ReplicationSlot[] }>;
}

/** The counters at the beginning of the window. */
export interface ServerBefore {
  readonly server: Viewed<ServerFacts>;
  readonly tables: Viewed<CounterReading<readonly TableCounts[]>>;
  readonly sizes: Viewed<CounterReading<readonly RelationSize[]>>;
  readonly database: Viewed<CounterReading<DatabaseCounts>>;
  readonly position: Viewed<CounterReading<number>>;
  readonly wal: Viewed<CounterReading<WalCounts>>;
  readonly checkpoints: Viewed<CounterReading<CheckpointCounts>>;
  readonly io: Viewed<CounterReading<readonly IoCounts[]>>;
}

type Database = ReadContext<ReadAccess>['read']['database'];

export async function beginServerWindow(view: Viewer, database: Database): Promise<ServerBefore> {
  return {
    server: await view(() => database.server()),
    tables: await view(() => database.tableCounts()),
    sizes: await view(() => database.relationSizes()),
    database: await view(() => database.databaseCounts()),
    position: await view(() => database.walPosition()),
    wal: await view(() => database.walCounts()),
    checkpoints: await view(() => database.checkpointCounts()),
    io: await view(() => database.ioCounts()),
  };
}

/** The second readings and what they say together with the first; `nominal` is the window in seconds. */
export async function endServerWindow(
  view: Viewer,
  database: Database,
  before: ServerBefore,
  nominal: number,
): Promise<ServerMeasured> {
  /** A view that was not to be had at the beginning is not asked for again. */
  async function since<Reading, Rates>(
    first: Viewed<Reading>,
    take: () => Promise<Reading>,
    rates: (first: Reading, last: Reading) => Rates,
  ): Promise<Viewed<Rates>> {
    if (isUnavailable(first)) return first;
    return view(async () => rates(first, await take()));
  }
  const tables = await since(
    before.tables,
    () => database.tableCounts(),
    (first, last) => ({ tables: hotTables(first, last, nominal).slice(0, 20) }),
  );
  const sizes = await since(
    before.sizes,
    () => database.relationSizes(),
    (first, last) => growth(first, last, nominal),
  );
  const rates = await since(
    before.database,
    () => database.databaseCounts(),
    (first, last) => databaseRates(first, last, nominal),
  );
  const counts = await since(
    before.wal,
    () => database.walCounts(),
    (first, last) => [first, last] as const,
  );
  const wal = await since(
    before.position,
    () => database.walPosition(),
    (first, last) => walRates([first, last], isUnavailable(counts) ? null : counts, nominal),
  );
  const checkpoints = await since(
    before.checkpoints,
    () => database.checkpointCounts(),
    (first, last) => checkpointRates(first, last, nominal),
  );
  const io = await since(
    before.io,
    () => database.ioCounts(),
    (first, last) => ioRates(first, last, nominal),
  );
  return {
    server: before.server,
    tables: countedHere(tables, before.server),
    growth: sizes,
    database: rates,
    wal,
    walFiles: await view(() => database.walFiles()),
    archiver: await view(() => database.archiver()),
    checkpoints,
    io,
    vacuum: await view(() => database.vacuum()),
    transactions: await view(async () => ({ oldest: await database.openTransactions() })),
    replication: await view(() => database.replication()),
    slots: await view(async () => ({ slots: await database.slots() })),
  };
}

/** A standby counts what it reads, and no written row: a rate of 0 would be taken for silence. */
export function countedHere<T>(seen: Viewed<T>, server: Viewed<ServerFacts>): Viewed<T> {
  if (isUnavailable(server) || !server.standby) return seen;
  return {
    unavailable: 'this server is a hot standby: written rows are counted by the primary only',
    suggestion: 'point `postgres.host` of the target (or a second target) at the primary',
  };
}
