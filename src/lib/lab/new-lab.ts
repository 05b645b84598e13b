import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPostgres, findRedis } from '../backends/binaries.ts';
import { freePorts } from './free-port.ts';
import type { LabHost } from './host.ts';
import { type LabLayout, layoutOf, type SecretName, secretFile, secretNames } from './layout.ts';
import { loopback, processNames } from './names.ts';
import { type LabRecord, processOf } from './record.ts';

/** Valid messages of all clients through all channels, a second. */
export const defaultMessagesPerSecond = 400;
/** Measured; see docs/lab.md for what this does to the rates. */
const workersPerDispatcher = 4;

/** Decides everything about a lab that lasts: ports, secrets, binaries. Starts nothing. */
export async function createRecord(
  host: LabHost,
  labFolder: string,
  messagesPerSecond: number,
): Promise<LabRecord> {
  const layout = layoutOf(labFolder, host.uid);
  const [postgres, redis, ports] = await Promise.all([
    findPostgres(host.environment),
    findRedis(host.environment),
    freePorts(processNames.length + 2),
  ]);
  for (const folder of [layout.logs, layout.secrets, layout.redis, layout.snapshots])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [postgresPort = 0, redisPort = 0, ...servicePorts] = ports;
  const record: LabRecord = {
    version: 1,
    labId: randomUUID(),
    createdAt: new Date().toISOString(),
    messagesPerSecond,
    workersPerDispatcher,
    nodePath: host.nodePath,
    entryPath: entryPath(),
    layout,
    postgres: {
      port: postgresPort,
      binDir: postgres.binDir,
      version: postgres.version,
      prepared: false,
      systemIdentifier: null,
      process: null,
    },
    redis: { port: redisPort, path: redis.path, version: redis.version, process: null },
    processes: processNames.map((name, index) => ({ name, port: servicePorts[index] ?? 0, process: null })),
  };
  for (const name of secretNames) writeSecret(layout, name);
  writeSlackUrl(record);
  return record;
}

/** Slack's webhook URL is a secret of its own; it holds the port of the local receiver. */
export function writeSlackUrl(record: LabRecord): void {
  const token = randomBytes(18).toString('base64url');
  const { port } = processOf(record, 'inbox');
  writeFileSync(
    secretFile(record.layout, 'slack-url'),
    `http://${loopback}:${port}/services/T00000000/B00000000/${token}\n`,
    { mode: 0o600 },
  );
}

/** The entry file that stands beside this file: compiled beside compiled, source beside source. */
export function entryPath(): string {
  const self = fileURLToPath(import.meta.url);
  return join(self, '..', self.endsWith('.ts') ? 'entry.ts' : 'entry.js');
}

function writeSecret(layout: LabLayout, name: SecretName): void {
  const file = secretFile(layout, name);
  // a cluster that was made by an earlier, interrupted `up` has the passwords of that one
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
}
