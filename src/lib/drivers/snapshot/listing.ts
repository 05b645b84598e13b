import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SpillwayError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { visible } from '../../core/visible.ts';
import type { SnapshotEntry, SnapshotManifest } from './driver.ts';
import { isSnapshotId, parseManifest } from './manifest.ts';

/** An attempt stands in `<id>.<random>.partial` until it is complete; renaming it is what makes a snapshot. */
const partialPattern = /^([a-z0-9][a-z0-9-]{0,62})\.[0-9a-f]+\.partial$/;

/** The id of an unfinished attempt from its folder's name; null for other names. */
export function partialId(folderName: string): string | null {
  return partialPattern.exec(folderName)?.[1] ?? null;
}

/** See SnapshotReader.list. */
export async function listDumps(folder: string): Promise<SnapshotEntry[]> {
  const entries: { readonly entry: SnapshotEntry; readonly timeMs: number }[] = [];
  for (const name of await names(folder)) {
    const path = join(folder, name);
    const id = partialId(name) ?? (isSnapshotId(name) ? name : null);
    if (id === null) continue;
    const { mtimeMs } = await stat(path);
    const entry =
      partialId(name) === null ? await finished(id, path) : incomplete(id, path, 'it did not finish');
    entries.push({ entry, timeMs: entry.createdAt === null ? mtimeMs : Date.parse(entry.createdAt) });
  }
  return entries.sort((left, right) => right.timeMs - left.timeMs).map(({ entry }) => entry);
}

/** See SnapshotReader.show. */
export async function showDump(folder: string, id: string): Promise<SnapshotManifest> {
  const known = await listDumps(folder);
  const entry =
    known.find((one) => one.id === id && one.status === 'good') ?? known.find((one) => one.id === id);
  if (entry === undefined) {
    const near = nearest(
      id,
      known.map((one) => one.id),
    );
    throw new SpillwayError('usage', `There is no snapshot "${visible(id)}".`, {
      suggestions: [...near.map((one) => `did you mean ${one}?`), 'spillway snapshot list'],
    });
  }
  if (entry.status === 'incomplete') {
    throw new SpillwayError(
      'failed',
      `Snapshot ${id} is incomplete: ${entry.reason ?? 'it did not finish'}.`,
      {
        suggestions: ['spillway snapshot create'],
      },
    );
  }
  return readManifest(entry.folder);
}

/** The manifest in a snapshot's folder. Throws the file system's error when there is none, SpillwayError `failed` when it is not readable. */
async function readManifest(path: string): Promise<SnapshotManifest> {
  const file = join(path, 'manifest.json');
  return parseManifest(await readFile(file, 'utf8'), file);
}

async function finished(id: string, path: string): Promise<SnapshotEntry> {
  try {
    const manifest = await readManifest(path);
    if (manifest.id !== id) return incomplete(id, path, `its manifest is of ${visible(manifest.id)}`);
    const { createdAt, incident, operator, database, totalBytes, restoreCommand } = manifest;
    return {
      ...{ id, status: 'good', folder: path, createdAt, incident, operator, database, totalBytes },
      restoreCommand,
      reason: null,
    };
  } catch (error) {
    // the list must show the others: a folder without a readable manifest is an entry that says so
    return incomplete(id, path, visible(messageOf(error)));
  }
}

function incomplete(id: string, folder: string, reason: string): SnapshotEntry {
  return {
    ...{ id, status: 'incomplete', folder, createdAt: null, incident: null, operator: null, database: null },
    totalBytes: null,
    restoreCommand: null,
    reason,
  };
}

async function names(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    // no snapshot was made yet
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
