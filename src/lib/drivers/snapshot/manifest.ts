import { z } from 'zod';
import { SpillwayError } from '../../core/errors.ts';
import type { SnapshotManifest } from './driver.ts';

/** Ids are folder names: nothing in them can leave the folder of the snapshots. */
const idPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** True for a text that can be the id of a snapshot. */
export function isSnapshotId(text: string): boolean {
  return idPattern.test(text);
}

const count = z.number().int().min(0);
const instant = z.iso.datetime({ offset: true });

const manifestSchema = z.object({
  schema: z.literal('spillway/snapshot/1'),
  id: z.string().regex(idPattern),
  target: z.string(),
  incident: z.string().nullable(),
  operator: z.string(),
  systemIdentifier: z.string().nullable(),
  database: z.string(),
  serverVersion: z.string(),
  toolVersion: z.string(),
  requestedAt: instant,
  startedAt: instant,
  createdAt: instant,
  databaseBytes: z.number().min(0),
  totalBytes: count,
  tables: z.array(
    z.object({ name: z.string(), rowsEstimate: z.number().nullable(), bytes: z.number().min(0) }),
  ),
  tableCount: count,
  files: z
    .array(
      z.object({
        path: z.string().regex(/^dump\/[^/\0]+$/, 'a file of the dump'),
        bytes: count,
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .min(1),
  restoreCommand: z.string(),
});

/**
 * Reads the text of a manifest.
 * @throws SpillwayError `failed` with what is wrong in it
 */
export function parseManifest(text: string, path: string): SnapshotManifest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new SpillwayError('failed', `${path} is not JSON.`, { cause: error });
  }
  const result = manifestSchema.safeParse(parsed);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new SpillwayError(
    'failed',
    `${path} is not a snapshot's manifest: ${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'unreadable'}.`,
  );
}
