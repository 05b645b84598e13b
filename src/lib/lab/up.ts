import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePorts, isPortFree } from './free-port.ts';
import type { LabHost } from './host.ts';
import { withLabLock } from './lab-lock.ts';
import { layoutOf } from './layout.ts';
import { type ProcessName, processNames } from './names.ts';
import { createRecord, defaultMessagesPerSecond, entryPath, writeSlackUrl } from './new-lab.ts';
import { ensureCluster } from './postgres-cluster.ts';
import { isRunning, type ProcessIdentity } from './process-identity.ts';
import { stopProcess } from './processes.ts';
import { type LabRecord, readRecord, readSecret, writeRecord } from './record.ts';
import { ensureRedisServer } from './redis-server.ts';
import { prepareDatabase } from './schema.ts';
import { startService, waitUntilHealthy } from './service-processes.ts';
import { writeTarget } from './target.ts';

export interface LabUpOptions {
  readonly host: LabHost;
  /** Everything of the lab stands here, except, for root, the Postgres cluster. Made when it is missing. */
  readonly labFolder: string;
  /** The steady stream; the default is what it was, or 400. */
  readonly messagesPerSecond?: number;
  /** Told, in a few words, what is being done. */
  readonly onProgress?: (step: string) => void;
}

/** What `up` found and did. */
export interface LabUpResult {
  readonly labFolder: string;
  /** The processes that had to be started; empty when everything ran. */
  readonly started: readonly string[];
  readonly messagesPerSecond: number;
}

/**
 * Brings the lab up: Postgres, Redis, the ten services and the inbox. Idempotent: it starts what does not run and leaves the
 * rest; what an earlier `up` left half done is finished.
 * @throws SpillwayError `locked` when another command works on the lab for more than a minute; `failed` when a binary is
 * missing or a process does not become ready, with its log file
 */
export async function labUp(options: LabUpOptions): Promise<LabUpResult> {
  const labFolder = resolve(options.labFolder);
  const layout = layoutOf(labFolder, options.host.uid);
  mkdirSync(labFolder, { recursive: true, mode: 0o700 });
  return withLabLock(layout.lock, options.host.pid, 60_000, async () => {
    const found = readRecord(layout.record);
    const rate = options.messagesPerSecond ?? found?.messagesPerSecond ?? defaultMessagesPerSecond;
    const record = found ?? (await createRecord(options.host, labFolder, rate));
    return new Start(options, record).run(rate);
  });
}

class Start {
  readonly #options: LabUpOptions;
  readonly #started: string[] = [];
  #record: LabRecord;

  constructor(options: LabUpOptions, record: LabRecord) {
    this.#options = options;
    this.#record = record;
    writeRecord(record);
  }

  async run(messagesPerSecond: number): Promise<LabUpResult> {
    if (messagesPerSecond !== this.#record.messagesPerSecond) {
      // the services read their rate when they start
      await this.#stopServices();
      this.#update({ messagesPerSecond });
    }
    await this.#choosePorts();
    this.#update({ nodePath: this.#options.host.nodePath, entryPath: entryPath() });
    this.#tell('starting PostgreSQL and Redis');
    await Promise.all([this.#postgres(), this.#redis()]);
    this.#tell('starting the services');
    await this.#services();
    await writeTarget(this.#record, resolve(this.#options.labFolder));
    this.#tell('ready');
    return {
      labFolder: resolve(this.#options.labFolder),
      started: this.#started,
      messagesPerSecond: this.#record.messagesPerSecond,
    };
  }

  #tell(step: string): void {
    this.#options.onProgress?.(step);
  }

  #update(change: Partial<LabRecord>): void {
    this.#record = { ...this.#record, ...change };
    writeRecord(this.#record);
  }

  /** A port stays the same as long as nobody else has taken it while the lab was down. */
  async #choosePorts(): Promise<void> {
    const { postgres, redis, processes } = this.#record;
    const [postgresTaken, redisTaken] = await Promise.all([isTaken(postgres), isTaken(redis)]);
    // the services know the ports of the stores from when they started
    if (postgresTaken || redisTaken) await this.#stopServices();
    const [postgresPort = 0, redisPort = 0, ...others] = await freePorts(processes.length + 2);
    if (postgresTaken) this.#update({ postgres: { ...postgres, port: postgresPort } });
    if (redisTaken) this.#update({ redis: { ...redis, port: redisPort } });
    for (const [index, process] of processes.entries())
      if (await isTaken(process)) {
        this.#updateProcess(process.name, { port: others[index] ?? 0 });
        if (process.name === 'inbox') writeSlackUrl(this.#record);
      }
  }

  async #postgres(): Promise<void> {
    const { layout, postgres } = this.#record;
    await ensureCluster(this.#options.host, {
      folder: layout.postgres,
      binDir: postgres.binDir,
      port: postgres.port,
      adminPassword: readSecret(layout, 'postgres-admin'),
      known: postgres.process,
      onStarted: (process) => {
        if (process.pid !== postgres.process?.pid) this.#started.push('postgres');
        this.#update({ postgres: { ...this.#record.postgres, process } });
      },
    });
    if (this.#record.postgres.prepared) return;
    this.#tell('making the database');
    const systemIdentifier = await prepareDatabase(this.#record);
    this.#update({ postgres: { ...this.#record.postgres, prepared: true, systemIdentifier } });
  }

  async #redis(): Promise<void> {
    const { layout, redis } = this.#record;
    await ensureRedisServer({
      folder: layout.redis,
      path: redis.path,
      port: redis.port,
      password: readSecret(layout, 'redis'),
      logFile: join(layout.logs, 'redis.log'),
      known: redis.process,
      onStarted: (process) => {
        if (process.pid !== redis.process?.pid) this.#started.push('redis');
        this.#update({ redis: { ...this.#record.redis, process } });
      },
    });
  }

  async #services(): Promise<void> {
    const missing = this.#record.processes
      .filter(({ process }) => !isRunning(process))
      .map(({ name }) => name);
    await Promise.all(
      missing.map(async (name) => {
        this.#updateProcess(name, { process: await startService(this.#record, name) });
        this.#started.push(name);
      }),
    );
    await waitUntilHealthy(this.#record, processNames, 30_000);
  }

  async #stopServices(): Promise<void> {
    await Promise.all(
      this.#record.processes.map(({ process }) =>
        stopProcess(this.#options.host, process, { signal: 'SIGTERM', graceMs: 8_000, thenKill: true }),
      ),
    );
  }

  #updateProcess(name: ProcessName, change: { port?: number; process?: ProcessIdentity | null }): void {
    const processes = this.#record.processes.map((process) =>
      process.name === name ? { ...process, ...change } : process,
    );
    this.#update({ processes });
  }
}

async function isTaken(owner: { port: number; process: ProcessIdentity | null }): Promise<boolean> {
  return !isRunning(owner.process) && !(await isPortFree(owner.port));
}
