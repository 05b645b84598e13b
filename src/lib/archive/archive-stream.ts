import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SpillwayError } from '../core/errors.ts';
import {
  createFile,
  fileError,
  openFile,
  readWhole,
  segmentName,
  streamPrefix,
  syncFolder,
} from './archive-files.ts';
import { encodeLines } from './archive-line.ts';
import type { ArchiveRecord, ArchiveSegment, ArchiveStream, PreparedBatch, StreamName } from './contract.ts';
import { readManifest, sortedCounts, withStream, writeManifest } from './manifest.ts';
import { emptyTally, type MessageTally, tallyMessages } from './message-tally.ts';
import { batchesOf } from './segment-reading.ts';
import { compressFrame } from './zstd-frames.ts';

/** When a segment is full. */
export interface SegmentLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** How far a stream is committed; as text it is the mark. */
interface Mark {
  /** Number of the segment, from 1; 0 before the first. */
  readonly segment: number;
  readonly bytes: number;
  /** In all segments together. */
  readonly messages: number;
}

interface OpenSegment {
  readonly number: number;
  readonly handle: FileHandle;
  readonly hash: Hash;
  messages: number;
  bytes: number;
  first: number;
  last: number;
}

/** The writing end of a stream; see ArchiveStream. After a failed append only `FileStream.open` with the last mark goes on. */
export class FileStream implements ArchiveStream {
  readonly #folder: string;
  readonly #name: StreamName;
  readonly #limits: SegmentLimits;
  readonly #tally: MessageTally = emptyTally();
  readonly #closed: ArchiveSegment[] = [];
  #current: OpenSegment | null = null;
  #messages = 0;
  #failed = false;

  private constructor(folder: string, name: StreamName, limits: SegmentLimits) {
    this.#folder = folder;
    this.#name = name;
    this.#limits = limits;
  }

  /** Cuts off what lies beyond the mark and reads the rest, to count it and to be sure of it. */
  static async open(
    folder: string,
    name: StreamName,
    mark: string,
    limits: SegmentLimits,
  ): Promise<FileStream> {
    const stream = new FileStream(folder, name, limits);
    try {
      await stream.#recover(parseMark(mark));
      return stream;
    } catch (error) {
      await stream.abandon();
      throw fileError(error, `archive ${folder}`);
    }
  }

  async prepare(records: readonly ArchiveRecord[]): Promise<PreparedBatch> {
    return { records, frame: await compressFrame(encodeLines(this.#name, records)) };
  }

  async append({ records, frame }: PreparedBatch): Promise<string> {
    if (this.#failed)
      throw new SpillwayError('failed', 'this archive stream failed before; it must be opened again');
    if (records.length === 0) return this.#mark();
    this.#failed = true;
    try {
      const segment = await this.#roomFor(records.length, frame.length);
      await writeAndConfirm(segment.handle, frame, segment.bytes);
      segment.hash.update(frame);
      segment.bytes += frame.length;
      segment.messages += records.length;
      segment.first = Math.max(segment.first, records[0]?.position ?? -1);
      segment.last = records.at(-1)?.position ?? segment.last;
    } catch (error) {
      throw fileError(error, `archive ${this.#folder}`);
    }
    tallyMessages(this.#tally, records);
    this.#messages += records.length;
    this.#failed = false;
    return this.#mark();
  }

  async close(): Promise<void> {
    try {
      await this.#endSegment();
      const manifest = await readManifest(this.#folder);
      if (manifest === null) throw new SpillwayError('failed', `${this.#folder} holds no manifest.`);
      const counts = {
        ...this.#name,
        conversations: sortedCounts(this.#tally.conversations),
        clients: sortedCounts(this.#tally.clients),
      };
      await writeManifest(this.#folder, withStream(manifest, counts, this.#closed));
    } catch (error) {
      throw fileError(error, `archive ${this.#folder}`);
    }
  }

  async abandon(): Promise<void> {
    const current = this.#current;
    this.#current = null;
    this.#failed = true;
    await current?.handle.close();
  }

  #mark(): string {
    const current = this.#current;
    const last = this.#closed.at(-1);
    const mark: Mark = {
      segment: current?.number ?? last?.number ?? 0,
      bytes: current?.bytes ?? last?.bytes ?? 0,
      messages: this.#messages,
    };
    return JSON.stringify(mark);
  }

  async #roomFor(messages: number, bytes: number): Promise<OpenSegment> {
    const current = this.#current;
    const fits =
      current !== null &&
      (current.messages === 0 ||
        (current.messages + messages <= this.#limits.messages &&
          current.bytes + bytes <= this.#limits.bytes));
    if (fits) return current;
    await this.#endSegment();
    const number = (this.#closed.at(-1)?.number ?? 0) + 1;
    const handle = await createFile(join(this.#folder, segmentName(this.#name, number)));
    this.#current = {
      number,
      handle,
      hash: createHash('sha256'),
      messages: 0,
      bytes: 0,
      first: -1,
      last: -1,
    };
    await syncFolder(this.#folder);
    return this.#current;
  }

  async #endSegment(): Promise<void> {
    const current = this.#current;
    if (current === null) return;
    this.#current = null;
    await current.handle.close();
    this.#closed.push({
      file: segmentName(this.#name, current.number),
      ...this.#name,
      number: current.number,
      messages: current.messages,
      firstPosition: current.first,
      lastPosition: current.last,
      bytes: current.bytes,
      sha256: current.hash.digest('hex'),
    });
  }

  async #recover(mark: Mark): Promise<void> {
    const prefix = streamPrefix(this.#name);
    const committed = new Set(
      Array.from({ length: mark.segment }, (_, index) => segmentName(this.#name, index + 1)),
    );
    for (const file of await readdir(this.#folder)) {
      if (file.startsWith(prefix) && !committed.has(file)) await rm(join(this.#folder, file));
    }
    await syncFolder(this.#folder);
    for (let number = 1; number <= mark.segment; number += 1) {
      await this.#endSegment();
      const path = join(this.#folder, segmentName(this.#name, number));
      const handle = await openFile(path);
      this.#current = {
        number,
        handle,
        hash: createHash('sha256'),
        messages: 0,
        bytes: 0,
        first: -1,
        last: -1,
      };
      if (number === mark.segment) {
        await handle.truncate(mark.bytes);
        await handle.sync();
      }
      await this.#readAgain(this.#current, await readWhole(path));
    }
    if (this.#messages !== mark.messages || (this.#current?.bytes ?? 0) !== mark.bytes) {
      throw new SpillwayError(
        'failed',
        `the archive of ${this.#name.channel} (part ${this.#name.part}) holds ${this.#messages} messages where ${mark.messages} were committed: it is damaged`,
      );
    }
  }

  async #readAgain(segment: OpenSegment, bytes: Buffer): Promise<void> {
    for await (const records of batchesOf(this.#name, bytes)) {
      tallyMessages(this.#tally, records);
      segment.first = Math.max(segment.first, records[0]?.position ?? -1);
      segment.last = records.at(-1)?.position ?? segment.last;
      segment.messages += records.length;
      this.#messages += records.length;
    }
    segment.hash.update(bytes);
    segment.bytes = bytes.length;
  }
}

/** Durable only when it was synced, read again, and is the same. */
async function writeAndConfirm(handle: FileHandle, frame: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < frame.length) {
    const { bytesWritten } = await handle.write(frame, written, frame.length - written, position + written);
    written += bytesWritten;
  }
  await handle.datasync();
  const again = Buffer.allocUnsafe(frame.length);
  let read = 0;
  while (read < again.length) {
    const { bytesRead } = await handle.read(again, read, again.length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  if (read !== frame.length || !again.equals(frame))
    throw new SpillwayError(
      'failed',
      'what was just written to the archive reads back differently; nothing was released',
    );
}

function parseMark(text: string): Mark {
  if (text === '') return { segment: 0, bytes: 0, messages: 0 };
  const mark = JSON.parse(text) as Mark;
  if (![mark.segment, mark.bytes, mark.messages].every((value) => Number.isSafeInteger(value) && value >= 0))
    throw new SpillwayError('failed', 'the mark of the archive in the store cannot be understood');
  return mark;
}
