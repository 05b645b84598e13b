import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { type LabAccount, labAccount } from '../../src/lib/lab/account.ts';
import { labDown } from '../../src/lib/lab/down.ts';
import type { LabHost } from '../../src/lib/lab/host.ts';
import { layoutOf } from '../../src/lib/lab/layout.ts';
import { type LabRecord, readSecret, requireRecord } from '../../src/lib/lab/record.ts';
import { labUp } from '../../src/lib/lab/up.ts';

/** This test process, as the lab needs it. */
export const host: LabHost = {
  nodePath: process.execPath,
  pid: process.pid,
  uid: process.getuid?.() ?? -1,
  environment: process.env,
  signal: (pid, signal) => {
    process.kill(pid, signal);
  },
};

/** A lab of a test file's own. */
export class TestLab {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<TestLab> {
    return new TestLab(join(await mkdtemp(join(tmpdir(), 'spillway-lab-')), 'lab'));
  }

  get options() {
    return { labFolder: this.folder, uid: host.uid };
  }

  get record(): LabRecord {
    return requireRecord(layoutOf(this.folder, host.uid).record);
  }

  up(messagesPerSecond?: number) {
    return labUp({
      host,
      labFolder: this.folder,
      ...(messagesPerSecond === undefined ? {} : { messagesPerSecond }),
    });
  }

  down(purge: boolean) {
    return labDown({ host, labFolder: this.folder, purge });
  }

  account(): Promise<LabAccount> {
    return labAccount(this.options);
  }

  /** Rows of one statement, as the role of the services. */
  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: this.record.postgres.port,
      user: 'orchestrator',
      password: readSecret(this.record.layout, 'postgres-orchestrator'),
      database: 'orchestrator',
    });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  async withRedis<Result>(work: (redis: Redis) => Promise<Result>): Promise<Result> {
    const { record } = this;
    const redis = new Redis({
      host: '127.0.0.1',
      port: record.redis.port,
      password: readSecret(record.layout, 'redis'),
    });
    try {
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  }

  async setSwitch(key: 'injection' | 'error_log', value: object): Promise<void> {
    await this.query('update orchestrator.settings set value = $2 where key = $1', [
      key,
      JSON.stringify(value),
    ]);
  }
}

/** Asks again and again until the answer fits; the test's own time limit ends it. */
export async function until<Value>(
  ask: () => Promise<Value>,
  fits: (value: Value) => boolean,
): Promise<Value> {
  for (;;) {
    const value = await ask();
    if (fits(value)) return value;
    await delay(100);
  }
}
