import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { type OrchestratorDatabase, orchestratorDatabase } from '../integration/orchestrator/fixture.ts';
import { type RedisServer, startRedis } from '../servers/redis.ts';
import { createStateDir } from './spawn-cli.ts';

/** A target with private stores, two channels, one healthy service and one that is down; gone after the test. */
export interface WatchTarget {
  readonly stateDir: string;
  readonly database: OrchestratorDatabase;
  readonly redis: RedisServer;
  /** Environment for the CLI. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes errors of conversations 1 (three in four) and 2 until the test is over. */
  writeErrors(): Promise<void>;
}

const channels = ['email', 'sms'];

export async function watchTarget(): Promise<WatchTarget> {
  const folder = await createStateDir();
  onTestFinished(folder.remove);
  const redis = await startRedis();
  onTestFinished(redis.stop);
  const database = await orchestratorDatabase();
  const health = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
  await once(health, 'listening');
  onTestFinished(() => {
    health.close();
  });
  const { port } = health.address() as AddressInfo;
  const restart = ['true'];
  await writeFile(
    join(folder.path, 'spillway.yaml'),
    stringify({
      targets: {
        shop: {
          postgres: {
            ...{ host: database.host, port: database.port, database: database.database, user: database.user },
            password: { env: 'SHOP_PASSWORD' },
          },
          redis: { host: redis.host, port: redis.port },
          queue: {
            channels: channels.map((name) => ({
              ...{ name, queue: `o:{${name}}:queue`, processing: `o:{${name}}:processing:*` },
              stats: `o:{${name}}:stats`,
            })),
          },
          services: [
            { name: 'director', health: `http://127.0.0.1:${port}/`, restart },
            { name: 'mailer', health: 'http://127.0.0.1:9/', restart },
          ],
          expected: { deliveriesPerSecond: 50 },
        },
      },
    }),
  );
  await fillQueues(redis);
  return {
    ...{ stateDir: folder.path, database, redis, env: { SHOP_PASSWORD: database.password } },
    writeErrors: () => writeErrors(database),
  };
}

async function fillQueues({ host, port }: RedisServer): Promise<void> {
  const client = new Redis({ host, port });
  for (const [place, channel] of channels.entries()) {
    const messages = Array.from({ length: 30 * (place + 1) }, (_, number) =>
      JSON.stringify({
        ...{ id: `${channel}-${number}`, conversationId: 1 + (number % 2), activationId: 10, clientId: 1 },
        ...{ channel, to: 'x', body: 'y', enqueuedAt: new Date().toISOString() },
      }),
    );
    await client.lpush(`o:{${channel}}:queue`, ...messages);
    await client.hset(`o:{${channel}}:stats`, { injected: messages.length, processed: 0, failed: 0 });
  }
  client.disconnect();
}

async function writeErrors(database: OrchestratorDatabase): Promise<void> {
  const over = new AbortController();
  const write = () =>
    database.query(
      `insert into orchestrator.error_log (conversation_id, activation_id, channel, code, detail)
       select case when n % 4 = 0 then 2 else 1 end, 10, 'email', 'invalid', repeat('x', 200) from generate_series(1, 400) n`,
    );
  const writing = (async () => {
    while (!over.signal.aborted) {
      await write();
      await delay(150);
    }
  })();
  await write();
  onTestFinished(async () => {
    over.abort();
    await writing;
  });
}
