import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { openPostgres } from '../connections.ts';
import { roles } from '../names.ts';
import { type LabRecord, readSecret } from '../record.ts';
import { type HeldScenario, scenarioActor } from './names.ts';

/** How often connections that became free are taken too, in milliseconds. */
const refillEveryMs = 100;

/** The body of the process that holds a scenario, until it is told to stop. */
export async function holdScenario(
  name: HeldScenario,
  record: LabRecord,
  stop: AbortSignal,
  write: (line: string) => void,
): Promise<void> {
  const open = async () => {
    const client = await openPostgres({
      port: record.postgres.port,
      user: roles.orchestrator,
      password: readSecret(record.layout, 'postgres-orchestrator'),
      applicationName: scenarioActor,
    });
    client.on('error', (error) => write(`session lost: ${error.message}`));
    return client;
  };
  const clients = name === 'lock-pile-up' ? [await holdLock(await open())] : [];
  write(`${name}: holding`);
  while (!stop.aborted) {
    if (name === 'connection-exhaustion') clients.push(...(await takeAll(open)));
    await delay(refillEveryMs);
  }
  await Promise.all(clients.map((client) => client.end()));
}

/** As a migration that was begun and never committed: every look-up of a conversation waits. */
async function holdLock(client: Client): Promise<Client> {
  await client.query('begin');
  await client.query('lock table orchestrator.conversations in access exclusive mode');
  return client;
}

/** Opens connections until the server refuses one. */
async function takeAll(open: () => Promise<Client>): Promise<Client[]> {
  const taken: Client[] = [];
  for (;;) {
    try {
      taken.push(await open());
    } catch (error) {
      // too_many_connections: that is the aim
      if (error instanceof Error && 'code' in error && error.code === '53300') return taken;
      throw error;
    }
  }
}
