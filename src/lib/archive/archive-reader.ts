import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SpillwayError } from '../core/errors.ts';
import { archiveFolder, fileError, isMissing } from './archive-files.ts';
import { demandManifest } from './archive-writer.ts';
import type {
  ArchiveReader,
  ArchiveRecord,
  ArchiveSegment,
  ArchiveSummary,
  ArchiveVerification,
} from './contract.ts';
import { publicManifest, readManifest } from './manifest.ts';
import { batchesOf, readSegment } from './segment-reading.ts';

/** Reads the archives below `folder` (that of the target). A folder that does not exist holds none. */
export function archiveReader(folder: string): ArchiveReader {
  return {
    async list() {
      const found: ArchiveSummary[] = [];
      for (const id of await entries(folder)) {
        const place = archiveFolder(folder, id);
        const manifest = await readManifest(place);
        if (manifest === null) continue;
        const { state, createdAt, actor, messages, bytes, channels } = manifest;
        const names = channels.map(({ channel }) => channel);
        found.push({ id, state, createdAt, actor, messages, bytes, channels: names, folder: place });
      }
      return found.sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
    },
    async show(archiveId) {
      return publicManifest(await demandManifest(archiveFolder(folder, archiveId), archiveId));
    },
    async verify(archiveId): Promise<ArchiveVerification> {
      const place = archiveFolder(folder, archiveId);
      const manifest = await demandManifest(place, archiveId);
      const files = [];
      for (const segment of manifest.segments) {
        const { ok, detail } = await examined(place, segment);
        files.push({ file: segment.file, ok, detail });
      }
      return {
        id: archiveId,
        ok: files.every(({ ok }) => ok),
        messages: manifest.messages,
        bytes: manifest.bytes,
        files,
      };
    },
    async *open(archiveId, stream, skip = 0) {
      const place = archiveFolder(folder, archiveId);
      const manifest = await demandManifest(place, archiveId);
      const segments = manifest.segments
        .filter(({ channel, part }) => channel === stream.channel && part === stream.part)
        .sort((a, b) => a.number - b.number);
      let left = skip;
      for (const segment of segments) {
        if (left >= segment.messages) {
          left -= segment.messages;
          continue;
        }
        for await (const records of recordsOf(place, segment)) {
          if (left < records.length) yield left === 0 ? records : records.slice(left);
          left = Math.max(0, left - records.length);
        }
      }
    },
  };
}

async function* recordsOf(place: string, segment: ArchiveSegment): AsyncGenerator<ArchiveRecord[]> {
  let bytes: Buffer;
  try {
    bytes = await readSegment(place, segment);
  } catch (error) {
    throw fileError(error, `archive ${join(place, segment.file)}`);
  }
  yield* batchesOf(segment, bytes);
}

async function examined(
  place: string,
  segment: ArchiveSegment,
): Promise<{ readonly ok: boolean; readonly detail: string }> {
  try {
    let messages = 0;
    let [first, last] = [-1, -1];
    for await (const records of recordsOf(place, segment)) {
      if (messages === 0) first = records[0]?.position ?? -1;
      last = records.at(-1)?.position ?? last;
      messages += records.length;
    }
    if (messages !== segment.messages || first !== segment.firstPosition || last !== segment.lastPosition) {
      return {
        ok: false,
        detail: `holds ${messages} messages, positions ${first} to ${last}: not what the manifest says`,
      };
    }
    return { ok: true, detail: `${messages} messages, checksum holds` };
  } catch (error) {
    if (error instanceof SpillwayError) return { ok: false, detail: messageOf(error) };
    throw error;
  }
}

async function entries(folder: string): Promise<string[]> {
  try {
    const found = await readdir(folder, { withFileTypes: true });
    return found
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw fileError(error, `archives in ${folder}`);
  }
}
