import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TargetInput } from '../config/schema.ts';
import { layoutOf, secretFile } from './layout.ts';
import { channelKeys, channels, databaseName, loopback, roles, serviceNames } from './names.ts';
import { type LabRecord, processOf, requireRecord } from './record.ts';
import { healthUrl } from './service-processes.ts';

/** The name under which the lab is registered. */
const labTargetName = 'lab';
/** The page of the local Statuspage receiver. */
const statusPage = 'lab-page';

/** The file that registers the lab: one target, secrets only as references to files. */
export function labTargetFile(labFolder: string): string {
  return join(labFolder, 'target.yaml');
}

/**
 * The lab as a target of the configuration.
 * @throws SpillwayError `refused` where there is no lab
 */
export function labTarget(options: { readonly labFolder: string; readonly uid: number }): TargetInput {
  return targetOf(requireRecord(layoutOf(options.labFolder, options.uid).record), options.labFolder);
}

/** Writes the target's file in one step; the configuration reads it as any other. */
export async function writeTarget(record: LabRecord, labFolder: string): Promise<void> {
  const { stringify } = await import('yaml');
  const file = labTargetFile(labFolder);
  const text = stringify({ targets: { [labTargetName]: targetOf(record, labFolder) } }, { lineWidth: 0 });
  writeFileSync(`${file}.next`, `# Written by \`spillway lab up\`.\n${text}`, { mode: 0o600 });
  renameSync(`${file}.next`, file);
}

function targetOf(record: LabRecord, labFolder: string): TargetInput {
  const { layout, postgres, redis } = record;
  return {
    postgres: {
      host: loopback,
      port: postgres.port,
      database: databaseName,
      user: roles.operator,
      password: { file: secretFile(layout, 'postgres-spillway') },
      reader: { user: roles.reader, password: { file: secretFile(layout, 'postgres-reader') } },
    },
    redis: { host: loopback, port: redis.port, password: { file: secretFile(layout, 'redis') } },
    ...(postgres.systemIdentifier === null
      ? {}
      : { identity: { systemIdentifier: postgres.systemIdentifier } }),
    orchestrator: { schema: 'orchestrator' },
    queue: {
      driver: 'redis-list',
      channels: channels.map((name) => {
        const { queue, processingPrefix, stats } = channelKeys(name);
        return { name, queue, processing: `${processingPrefix}*`, stats };
      }),
    },
    services: serviceNames.map((name) => ({
      name,
      health: healthUrl(record, name),
      restart: [
        record.nodePath,
        '--disable-warning=ExperimentalWarning',
        record.entryPath,
        'control',
        'restart',
        name,
        labFolder,
      ],
    })),
    snapshot: { folder: layout.snapshots },
    notify: {
      slack: { webhook: { file: secretFile(layout, 'slack-url') }, channel: '#incident' },
      statuspage: {
        url: `http://${loopback}:${processOf(record, 'inbox').port}`,
        page: statusPage,
        key: { file: secretFile(layout, 'statuspage-key') },
      },
    },
    journal: { mirror: true },
    expected: { deliveriesPerSecond: record.messagesPerSecond },
  };
}
