import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { messageOf, SpillwayError } from '../core/errors.ts';
import { readWhole } from './archive-files.ts';
import { decodeLines } from './archive-line.ts';
import type { ArchiveRecord, ArchiveSegment, StreamName } from './contract.ts';
import { decompressFrame, frames } from './zstd-frames.ts';

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The batches of a file's bytes, in order. Positions must fall from record to record. Throws SpillwayError `failed` for anything damaged. */
export async function* batchesOf(stream: StreamName, bytes: Buffer): AsyncGenerator<ArchiveRecord[]> {
  let last = Number.POSITIVE_INFINITY;
  for (const frame of frames(bytes)) {
    const records = decodeLines(stream, await contentOf(frame));
    for (const { position } of records) {
      if (position >= last) throw new SpillwayError('failed', `position ${position} stands behind ${last}`);
      last = position;
    }
    yield records;
  }
}

/** A segment's bytes. Throws SpillwayError `failed` when they are not those of the manifest. */
export async function readSegment(folder: string, segment: ArchiveSegment): Promise<Buffer> {
  const bytes = await readWhole(join(folder, segment.file));
  if (bytes.length !== segment.bytes)
    throw new SpillwayError(
      'failed',
      `${segment.file} has ${bytes.length} bytes, the manifest says ${segment.bytes}`,
    );
  if (sha256(bytes) !== segment.sha256)
    throw new SpillwayError('failed', `${segment.file} does not have the checksum that the manifest says`);
  return bytes;
}

async function contentOf(frame: Buffer): Promise<Buffer> {
  try {
    return await decompressFrame(frame);
  } catch (error) {
    throw new SpillwayError('failed', `a frame cannot be decompressed (${messageOf(error)})`, {
      cause: error,
    });
  }
}
