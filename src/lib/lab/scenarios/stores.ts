import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Client } from 'pg';
import { messageOf, SpillwayError } from '../../core/errors.ts';
import { createRedis, openPostgres } from '../connections.ts';
import { roles } from '../names.ts';
import { type LabRecord, readSecret } from '../record.ts';
import { scenarioActor, scenarioSlot } from './names.ts';

/** Writes of WAL that nobody reads: each segment is 16 MB. */
const keptSegments = 12;
/** Rounds of the loop that blocks Redis: many minutes, unless it is killed. */
const scriptRounds = '1e12';
/** Redis answers BUSY after five seconds of one script. */
const busyWithinMs = 20_000;

/** Runs `work` as the owner of the cluster, who has a reserved connection. */
async function asAdmin<Result>(
  record: LabRecord,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await openPostgres({
    port: record.postgres.port,
    user: roles.admin,
    password: readSecret(record.layout, 'postgres-admin'),
    applicationName: scenarioActor,
  });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function withRedis<Result>(
  record: LabRecord,
  work: (redis: Redis) => Promise<Result>,
): Promise<Result> {
  const redis = await createRedis({
    port: record.redis.port,
    password: readSecret(record.layout, 'redis'),
    connectionName: scenarioActor,
    // a server that a scenario blocks must take SCRIPT KILL
    waitUntilReady: false,
  });
  // a command that fails says so itself
  redis.on('error', () => undefined);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

/** Waits until the pile-up or the exhaustion is there. */
export async function waitUntilHeld(record: LabRecord, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const held = await asAdmin(record, async (client) => {
      const found = await client.query<{ locks: number; free: number }>(
        `select (select count(*)::int from pg_stat_activity where application_name = $1 and state = 'idle in transaction') as locks,
                current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                  - (select count(*)::int from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()) as free`,
        [scenarioActor],
      );
      const [row] = found.rows;
      return row !== undefined && (row.locks > 0 || row.free <= 0);
    });
    if (held) return;
    if (performance.now() > deadline)
      throw new SpillwayError(
        'failed',
        'the scenario did not begin; see scenario.log in the logs of the lab',
      );
    await delay(50);
  }
}

/** A limit below what is used: every write is refused from now on. */
export function fillRedis(record: LabRecord): Promise<string> {
  return withRedis(record, async (redis) => {
    const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? 0);
    const limit = Math.floor(used * 0.9);
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.config('SET', 'maxmemory', limit);
    return `maxmemory is ${limit.toLocaleString('en-US')} bytes, ${used.toLocaleString('en-US')} are used`;
  });
}

/** Sends a script that does not end, and waits until the server answers BUSY to others. */
export async function blockRedis(record: LabRecord): Promise<void> {
  let refusal: unknown;
  await withRedis(record, async (redis) => {
    // answered only when it is refused, or killed: then nobody listens any more
    redis.eval(`for round = 1, ${scriptRounds} do end`, 0).catch((error: unknown) => {
      refusal = error;
    });
    await delay(500);
  });
  const deadline = performance.now() + busyWithinMs;
  await withRedis(record, async (redis) => {
    for (;;) {
      try {
        await redis.ping();
      } catch (error) {
        if (messageOf(error).startsWith('BUSY')) return;
        throw error;
      }
      if (performance.now() > deadline)
        throw new SpillwayError('failed', `Redis is not blocked: ${messageOf(refusal)}`);
      await delay(100);
    }
  });
}

/** Ends the script and lifts the limit. Returns what was given free. */
export function freeRedis(record: LabRecord): Promise<string[]> {
  return withRedis(record, async (redis) => {
    const freed: string[] = [];
    try {
      await redis.script('KILL');
      await untilAnswering(redis);
      freed.push('the script that blocked Redis is killed');
    } catch (error) {
      // nothing runs
      if (!messageOf(error).startsWith('NOTBUSY')) throw error;
    }
    if (Number(((await redis.config('GET', 'maxmemory')) as string[])[1]) > 0) {
      await redis.config('SET', 'maxmemory', 0);
      freed.push('Redis has no memory limit any more');
    }
    return freed;
  });
}

/** A killed script ends at its next look at the clock, not at once. */
async function untilAnswering(redis: Redis): Promise<void> {
  const deadline = performance.now() + busyWithinMs;
  for (;;) {
    try {
      await redis.ping();
      return;
    } catch (error) {
      if (!messageOf(error).startsWith('BUSY') || performance.now() > deadline) throw error;
    }
    await delay(50);
  }
}

/** A slot that nobody reads, and WAL that it keeps. */
export function keepWal(record: LabRecord): Promise<void> {
  return asAdmin(record, async (client) => {
    const known = await client.query('select 1 from pg_replication_slots where slot_name = $1', [
      scenarioSlot,
    ]);
    if (known.rowCount === 0)
      await client.query('select pg_create_physical_replication_slot($1, true)', [scenarioSlot]);
    for (let segment = 0; segment < keptSegments; segment += 1) {
      await client.query("select pg_logical_emit_message(false, 'lab', repeat('x', 8192))");
      await client.query('select pg_switch_wal()');
    }
  });
}

/** Switches injection off and stops a conversation, as somebody would who then goes home. */
export function leaveBehind(record: LabRecord): Promise<void> {
  return asAdmin(record, async (client) => {
    await client.query(
      `update orchestrator.settings set value = '{"state": "off"}', updated_at = now(), updated_by = $1 where key = 'injection'`,
      [scenarioActor],
    );
    await client.query(
      `update orchestrator.conversations set status = 'stopped', updated_at = now(), updated_by = $1 where id = 4`,
      [scenarioActor],
    );
  });
}

/** Takes back what `keepWal` and `leaveBehind` did. Returns what was given free. */
export function freePostgres(record: LabRecord): Promise<string[]> {
  return asAdmin(record, async (client) => {
    const slot = await client.query(
      'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1',
      [scenarioSlot],
    );
    const switched = await client.query(
      `update orchestrator.settings set value = '{"state": "on"}', updated_at = now()
         where key = 'injection' and updated_by = $1 and value ->> 'state' = 'off'`,
      [scenarioActor],
    );
    const resumed = await client.query(
      "update orchestrator.conversations set status = 'active', updated_at = now() where status = 'stopped' and updated_by = $1",
      [scenarioActor],
    );
    return [
      ...((slot.rowCount ?? 0) > 0 ? ['the replication slot is dropped'] : []),
      ...((switched.rowCount ?? 0) > 0 ? ['injection is on'] : []),
      ...((resumed.rowCount ?? 0) > 0 ? ['the stopped conversation is active'] : []),
    ];
  });
}
