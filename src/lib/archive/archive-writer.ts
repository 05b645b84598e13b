import { dirname } from 'node:path';
import { SpillwayError } from '../core/errors.ts';
import { archiveFolder, fileError, makeFolder } from './archive-files.ts';
import { FileStream, type SegmentLimits } from './archive-stream.ts';
import type { ArchiveWriter } from './contract.ts';
import {
  emptyManifest,
  publicManifest,
  readManifest,
  type StoredManifest,
  writeManifest,
} from './manifest.ts';

const defaultLimits: SegmentLimits = { messages: 500_000, bytes: 64_000_000 };

/** Writes archives below `folder` (that of the target). Nothing is made before the first `create`. */
export function archiveWriter(folder: string, limits: SegmentLimits = defaultLimits): ArchiveWriter {
  return {
    async create(header) {
      const place = archiveFolder(folder, header.id);
      try {
        await makeFolder(dirname(folder), folder);
        await makeFolder(folder, place);
        if ((await readManifest(place)) === null) await writeManifest(place, emptyManifest(header));
      } catch (error) {
        throw fileError(error, `archive ${place}`);
      }
    },
    async continueAt(archiveId, stream, mark) {
      const place = archiveFolder(folder, archiveId);
      await demandManifest(place, archiveId);
      return FileStream.open(place, stream, mark, limits);
    },
    async seal(archiveId) {
      const place = archiveFolder(folder, archiveId);
      const manifest: StoredManifest = { ...(await demandManifest(place, archiveId)), state: 'sealed' };
      try {
        await writeManifest(place, manifest);
      } catch (error) {
        throw fileError(error, `archive ${place}`);
      }
      return publicManifest(manifest);
    },
  };
}

/** The manifest of an archive that must exist. Throws SpillwayError `usage`. */
export async function demandManifest(place: string, archiveId: string): Promise<StoredManifest> {
  const manifest = await readManifest(place);
  if (manifest === null)
    throw new SpillwayError('usage', `There is no archive "${archiveId}".`, {
      suggestions: ['spillway queue archives'],
    });
  return manifest;
}
