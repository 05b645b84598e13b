import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { archiveReader } from '../archive/archive-reader.ts';
import { archiveWriter } from '../archive/archive-writer.ts';
import { findPostgres, findRedis } from '../backends/binaries.ts';
import { postgresJournalCopy } from '../backends/postgres/journal-copy.ts';
import { postgresLock } from '../backends/postgres/lock.ts';
import type { PostgresOptions } from '../backends/postgres/options.ts';
import { redisLock } from '../backends/redis/lock.ts';
import { chooseTarget, loadConfig } from '../config/loader.ts';
import { defaultNames, type TargetSettings } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { SpillwayError } from '../core/errors.ts';
import { idMaker } from '../core/ids.ts';
import type { LockHome } from '../core/lock.ts';
import type { Progress } from '../core/operation.ts';
import { httpNotifier } from '../drivers/notifier/http.ts';
import { redisListReader } from '../drivers/queue/redis-list/reader.ts';
import { redisListWriter } from '../drivers/queue/redis-list/writer.ts';
import { commandServices } from '../drivers/service/command.ts';
import { pgDumpSnapshots } from '../drivers/snapshot/pg-dump.ts';
import { fileIdOf, tryCatchUp } from '../journal/copy.ts';
import { fileJournal, journalFile, readJournal } from '../journal/journal.ts';
import { verifyJournal } from '../journal/verify.ts';
import type { ReadAccess, WriteAccess } from '../operations/access.ts';
import { loadOperation } from '../operations/catalogue.ts';
import type { Examination, ProgramSeen } from '../orchestrator/examination.ts';
import { redisServerReader } from '../orchestrator/live-redis-server.ts';
import { postgresDatabaseReader } from '../orchestrator/postgres-database.ts';
import { postgresExaminer } from '../orchestrator/postgres-examination.ts';
import { postgresPulseReader } from '../orchestrator/postgres-pulse.ts';
import { postgresOrchestratorReader } from '../orchestrator/postgres-reader.ts';
import { postgresOrchestratorWriter } from '../orchestrator/postgres-writer.ts';
import { redisExaminer } from '../orchestrator/redis-examination.ts';
import { roleStatements } from '../orchestrator/role-statements.ts';
import { absent } from './absent.ts';
import { type Folders, folders } from './folders.ts';
import { pinnedIdentity } from './identity.ts';
import { thisOperator } from './operator.ts';
import type { Session } from './session.ts';
import { notifierOptions, postgresStore, redisStore } from './stores.ts';
import type { Streams } from './streams.ts';

export interface SessionOptions {
  /** Null: the default or the only one. */
  readonly targetName: string | null;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly streams: Streams;
}

/** Every target that is configured, the lab included. */
async function knownTargets(places: Folders = folders()) {
  return loadConfig({
    workingFolder: places.working,
    userFolder: places.config,
    registered: [join(places.lab, 'target.yaml')],
  });
}

/** Opens a target: builds everything, connects nothing. The only place that knows every concrete thing. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const places = folders();
  const { name, settings, origin } = chooseTarget(await knownTargets(places), options.targetName);
  const operator = thisOperator();
  const postgres = settings.postgres === undefined ? null : postgresStore(settings.postgres, process.env);
  const redis = settings.redis === undefined ? null : redisStore(settings.redis, process.env);
  const journalFolder = join(places.state, 'targets', name);
  const journal = fileJournal({
    folder: journalFolder,
    target: name,
    actor: operator.actor,
    clock: systemClock,
    identity: operator,
  });
  const examined = examinationOf(settings, postgres, redis);
  const { read, write } = access(name, settings, places, postgres, redis, examined.examination);
  const lock = lockOf(postgres, redis);
  const journalPath = join(journalFolder, journalFile);
  const copy =
    postgres === null || !settings.journal.mirror
      ? null
      : postgresJournalCopy(postgres.reader, postgres.writer);
  return {
    target: name,
    origin,
    env: {
      target: name,
      read,
      write,
      journal,
      lock,
      operator,
      clock: systemClock,
      signal: options.signal,
      progress: options.progress,
      newId: idMaker(randomBytes),
      confirmIdentity: pinnedIdentity(name, settings.identity?.systemIdentifier ?? null, read.orchestrator),
      observe: (event) => {
        if (event.kind === 'lock-taken-over') options.streams.err(`Lock taken over from ${event.from}.`);
        if (event.kind === 'step-started') options.progress(`${event.change.action} ${event.change.target}`);
      },
    },
    operationOf: loadOperation,
    async verifyJournal() {
      const file = copy === null ? null : fileIdOf((await readJournal(journalPath)).records);
      return verifyJournal(journalPath, copy === null || file === null ? null : await copy.head(file));
    },
    lockHolder: () => lock.inspect(),
    mirrorJournal: async () => (copy === null ? null : tryCatchUp(journal, copy, name, options.streams.err)),
    async close() {
      await Promise.all([postgres?.close(), redis?.close(), examined.close()]);
    },
  };
}

type Postgres = ReturnType<typeof postgresStore> | null;
type Redis = ReturnType<typeof redisStore> | null;

/** The lock stands in Redis where there is one, else in Postgres. */
function lockOf(postgres: Postgres, redis: Redis): LockHome {
  if (redis !== null) return redisLock(redis.reader, redis.writer);
  return postgres === null ? absent('redis') : postgresLock(postgres.reader, postgres.writer);
}

/** The programs of this machine that the lab and snapshots need. */
export async function localPrograms(): ReturnType<Examination['programs']> {
  const { env } = process;
  const [postgres, redis] = await Promise.all([
    programSeen(async () => {
      const { binDir, version, major } = await findPostgres(env);
      return { version, major, place: binDir };
    }),
    programSeen(async () => {
      const { path, version } = await findRedis(env);
      return { version, major: Number.parseInt(version, 10), place: path };
    }),
  ]);
  return { postgres, redis };
}

async function programSeen(
  find: () => Promise<{ readonly version: string; readonly major: number; readonly place: string }>,
): Promise<ProgramSeen> {
  try {
    return { ok: true, ...(await find()) };
  } catch (error) {
    if (!(error instanceof SpillwayError)) throw error;
    return { ok: false, reason: error.message, install: error.suggestions[0] ?? 'install it' };
  }
}

/** SQL for three roles of least privilege, with the names of the target's tables; the default names where no target is configured. */
export async function rolesOf(targetName: string | null) {
  const config = await knownTargets();
  const named = targetName !== null || config.targets.length > 0;
  const names = named ? chooseTarget(config, targetName).settings.orchestrator : defaultNames();
  const roles = { reader: 'spillway_reader', operator: 'spillway_operator', purger: 'spillway_purger' };
  return { roles, sql: roleStatements(names, roles) };
}

/** How the connections themselves are examined: over connections of their own, closed with the session. */
function examinationOf(settings: TargetSettings, postgres: Postgres, redis: Redis) {
  const names = settings.orchestrator;
  const nowMs = () => systemClock.now().getTime();
  const examine = (options: PostgresOptions) =>
    postgresExaminer({
      ...{ options, names, nowMs },
      ...{ mirrored: settings.journal.mirror, locked: settings.redis === undefined },
    });
  const main = postgres === null ? null : examine(postgres.options);
  const reader =
    postgres === null || postgres.readingOptions === null ? null : examine(postgres.readingOptions);
  const examination: Examination = {
    postgres: main === null ? null : { main, reader, pinned: settings.identity?.systemIdentifier ?? null },
    redis:
      redis === null
        ? null
        : redisExaminer(redis.reader, redis.options, settings.queue?.channels ?? [], nowMs),
    programs: localPrograms,
  };
  return { examination, close: () => Promise.all([main?.close(), reader?.close()]) };
}

/** The readers and writers of every part of the target; a part that is not configured refuses when it is used. */
function access(
  name: string,
  settings: TargetSettings,
  places: Folders,
  postgres: Postgres,
  redis: Redis,
  examination: Examination,
): { read: ReadAccess; write: WriteAccess } {
  const { env } = process;
  const names = settings.orchestrator;
  const channels = settings.queue?.channels;
  const services = commandServices({ services: settings.services, clock: systemClock, environment: env });
  const notifier = httpNotifier({ ...notifierOptions(settings, env), clock: systemClock });
  const archiveFolder = settings.archive.folder ?? join(places.state, 'archives', name);
  const snapshots =
    postgres === null
      ? null
      : pgDumpSnapshots({
          database: postgres.reader,
          connection: postgres.options,
          folder: settings.snapshot.folder ?? join(places.state, 'snapshots', name),
          jobs: settings.snapshot.jobs,
          timeoutMs: settings.snapshot.timeoutMs,
          clock: systemClock,
          findPostgres: () => findPostgres(env),
          environment: env,
        });
  return {
    read: {
      orchestrator:
        postgres === null ? absent('postgres') : postgresOrchestratorReader(postgres.reader, names),
      database: postgres === null ? absent('postgres') : postgresDatabaseReader(postgres.reader, names),
      redis: redis === null ? absent('redis') : redisServerReader(redis.reader, channels ?? []),
      pulse: postgres === null ? absent('postgres') : postgresPulseReader(postgres.reader, names),
      queue:
        redis === null || channels === undefined ? absent('queue') : redisListReader(redis.reader, channels),
      services: services.reader,
      snapshots: snapshots?.reader ?? absent('postgres'),
      notifier: notifier.reader,
      archive: archiveReader(archiveFolder),
      examination,
      expected: { deliveriesPerSecond: settings.expected.deliveriesPerSecond ?? null },
    },
    write: {
      orchestrator:
        postgres === null ? absent('postgres') : postgresOrchestratorWriter(postgres.writer, names),
      queue:
        redis === null || channels === undefined ? absent('queue') : redisListWriter(redis.writer, channels),
      services: services.writer,
      snapshots: snapshots?.writer ?? absent('postgres'),
      notifier: notifier.writer,
      archive: archiveWriter(archiveFolder),
    },
  };
}
