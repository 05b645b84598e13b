import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { SpillwayError } from '../core/errors.ts';

const compressing = promisify(zstdCompress);
const decompressing = promisify(zstdDecompress);
const magic = 0xfd2fb528;

/** One frame: quick compression, with the frame's own checksum and content size. Works off the main thread. */
export function compressFrame(content: Buffer): Promise<Buffer> {
  return compressing(content, {
    params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

/** The content of exactly one frame; zlib checks its checksum. */
export function decompressFrame(frame: Buffer): Promise<Buffer> {
  return decompressing(frame);
}

/**
 * Cuts a file into its frames (RFC 8878, 3.1.1), because zlib's decompressor stops without a word at the end of the first frame of a buffer, and at a torn end.
 * Throws SpillwayError `failed` where the bytes are not whole frames.
 */
export function frames(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  let start = 0;
  while (start < bytes.length) {
    const end = frameEnd(bytes, start);
    if (end === null) throw new SpillwayError('failed', `the frame at byte ${start} is damaged or torn off`);
    found.push(bytes.subarray(start, end));
    start = end;
  }
  return found;
}

function frameEnd(bytes: Buffer, start: number): number | null {
  if (start + 6 > bytes.length || bytes.readUInt32LE(start) !== magic) return null;
  const descriptor = bytes.readUInt8(start + 4);
  const contentSizeFlag = descriptor >> 6;
  const singleSegment = (descriptor >> 5) & 1;
  const hasChecksum = (descriptor >> 2) & 1;
  const windowBytes = singleSegment === 1 ? 0 : 1;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [singleSegment, 2, 4, 8][contentSizeFlag] ?? 0;
  let at = start + 5 + windowBytes + dictionaryBytes + sizeBytes;
  for (;;) {
    if (at + 3 > bytes.length) return null;
    const header = bytes.readUIntLE(at, 3);
    const type = (header >> 1) & 3;
    // 0 raw, 1 one byte repeated, 2 compressed; 3 is reserved
    if (type === 3) return null;
    at += 3 + (type === 1 ? 1 : header >> 3);
    if ((header & 1) === 1) break;
  }
  at += hasChecksum === 1 ? 4 : 0;
  return at > bytes.length ? null : at;
}
