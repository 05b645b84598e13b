import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Where the files of a lab stand. Secrets are files of mode 0600 in a folder of mode 0700. */
export interface LabLayout {
  readonly record: string;
  readonly lock: string;
  readonly logs: string;
  readonly secrets: string;
  readonly redis: string;
  readonly snapshots: string;
  readonly inbox: string;
  /** The folder above the Postgres cluster's data folder. */
  readonly postgres: string;
}

/**
 * The layout of the lab in `labFolder`. PostgreSQL refuses to run as root, and the state folder of root cannot be traversed by
 * anybody else; so root's cluster stands in a folder of its own under /var/tmp, named after the lab's folder.
 * @param uid the caller's user id
 */
export function layoutOf(labFolder: string, uid: number): LabLayout {
  const hash = createHash('sha256').update(labFolder).digest('hex').slice(0, 10);
  return {
    record: join(labFolder, 'lab.json'),
    lock: join(labFolder, 'lab.lock'),
    logs: join(labFolder, 'logs'),
    secrets: join(labFolder, 'secrets'),
    redis: join(labFolder, 'redis'),
    snapshots: join(labFolder, 'snapshots'),
    inbox: join(labFolder, 'inbox.ndjson'),
    postgres: uid === 0 ? `/var/tmp/spillway-lab-${uid}-${hash}` : join(labFolder, 'postgres'),
  };
}

/** The secrets of a lab; each is a file of this name under `secrets/`. */
export const secretNames = [
  'postgres-admin',
  'postgres-orchestrator',
  'postgres-spillway',
  'postgres-reader',
  'redis',
  'slack-url',
  'statuspage-key',
] as const;
export type SecretName = (typeof secretNames)[number];

export function secretFile(layout: LabLayout, name: SecretName): string {
  return join(layout.secrets, name);
}
