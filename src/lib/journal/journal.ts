import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { messageOf, SpillwayError } from '../core/errors.ts';
import { type ProcessIdentity, withFileLock } from './file-lock.ts';
import { decode, encode, type JournalEntry, type JournalRecord } from './record.ts';

/** The append-only record of one target. */
export interface Journal {
  /** Durable when it resolves (fdatasync). Throws SpillwayError `failed` when it cannot be: then nothing may be changed. */
  append(entry: JournalEntry): Promise<JournalRecord>;
  /** Every record, oldest first; an empty list when nothing was ever written. Throws SpillwayError `failed` for a line that does not fit. */
  read(): Promise<readonly JournalRecord[]>;
}

export interface JournalOptions {
  /** Folder of this journal; created with mode 0700. */
  readonly folder: string;
  readonly target: string;
  readonly actor: string;
  readonly clock: Clock;
  readonly identity: ProcessIdentity;
}

export const journalFile = 'journal.ndjson';

interface Tail {
  readonly size: number;
  readonly seq: number;
  readonly hash: string;
}

/** The journal in `<folder>/journal.ndjson`. Opening it does nothing; the file appears with the first record. */
export function fileJournal(options: JournalOptions): Journal {
  const path = join(options.folder, journalFile);
  let tail: Tail | null = null;

  async function append(entry: JournalEntry): Promise<JournalRecord> {
    try {
      await mkdir(options.folder, { recursive: true, mode: 0o700 });
      return await appendLocked(entry);
    } catch (error) {
      tail = null;
      throw error instanceof SpillwayError ? error : unwritable(error);
    }
  }

  function appendLocked(entry: JournalEntry): Promise<JournalRecord> {
    return withFileLock(join(options.folder, 'journal.lock'), options.identity, async () => {
      const handle = await open(
        path,
        constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW,
        0o600,
      );
      try {
        const { size } = await handle.stat();
        if (tail === null || tail.size !== size) tail = await findTail(handle, size);
        if (tail.seq === -1) await begin(handle, tail);
        return await write(handle, entry);
      } finally {
        await handle.close();
      }
    });
  }

  function unwritable(error: unknown): SpillwayError {
    return new SpillwayError(
      'failed',
      `the journal ${path} cannot be written (${messageOf(error)}); nothing is changed without it`,
      { suggestions: [`check space and permissions of ${options.folder}`], cause: error },
    );
  }

  async function write(handle: FileHandle, entry: JournalEntry): Promise<JournalRecord> {
    const before = tail ?? { size: 0, seq: -1, hash: '' };
    const unsigned = {
      v: 1 as const,
      seq: before.seq + 1,
      ts: options.clock.now().toISOString(),
      run: entry.run,
      op: entry.op,
      actor: options.actor,
      target: options.target,
      type: entry.type,
      body: entry.body,
      prev: before.hash,
    };
    const { line, hash } = encode(unsigned);
    const bytes = Buffer.from(`${line}\n`, 'utf8');
    const { bytesWritten } = await handle.write(bytes);
    if (bytesWritten !== bytes.length)
      throw new Error(`only ${bytesWritten} of ${bytes.length} bytes were written`);
    await handle.datasync();
    tail = { size: before.size + bytes.length, seq: unsigned.seq, hash };
    return { ...unsigned, hash };
  }

  /** Where the chain ends. A torn last line (a crash while writing) is moved to a file of its own and a `recovered` record says so. */
  async function findTail(handle: FileHandle, size: number): Promise<Tail> {
    if (size === 0) return { size: 0, seq: -1, hash: randomUUID() };
    const { line, start, torn } = await lastLine(handle, size);
    if (line === null) {
      // The very first write was torn: nothing was ever recorded, so the chain begins here.
      tail = { size: 0, seq: -1, hash: randomUUID() };
      return recover(handle, tail, torn);
    }
    const decoded = decode(line);
    if ('problem' in decoded) {
      throw new SpillwayError(
        'failed',
        `the journal ${path} is damaged in its last whole line: ${decoded.problem}`,
        {
          suggestions: [
            'spillway journal verify',
            `move ${path} aside to begin a new journal; keep the old one as evidence`,
          ],
        },
      );
    }
    tail = { size: start + Buffer.byteLength(line) + 1, seq: decoded.record.seq, hash: decoded.record.hash };
    return torn.length > 0 ? recover(handle, tail, torn) : tail;
  }

  /** Puts the bytes behind the last whole line into a file of their own, and records that. */
  async function recover(handle: FileHandle, whole: Tail, torn: Buffer): Promise<Tail> {
    const aside = join(options.folder, `torn-${randomUUID()}.txt`);
    await writeFile(aside, torn, { mode: 0o600, flag: 'wx' });
    await handle.truncate(whole.size);
    if (whole.seq === -1) await begin(handle, whole);
    await write(handle, {
      type: 'recovered',
      run: null,
      op: null,
      body: { tornBytes: torn.length, keptIn: aside },
    });
    return tail ?? whole;
  }

  async function begin(handle: FileHandle, empty: Tail): Promise<void> {
    await write(handle, { type: 'genesis', run: null, op: null, body: { file: empty.hash } });
  }

  async function read(): Promise<readonly JournalRecord[]> {
    const { records, problem } = await readJournal(path);
    if (problem !== null) {
      throw new SpillwayError('failed', `the journal ${path} does not hold together: ${problem}`, {
        suggestions: ['spillway journal verify'],
      });
    }
    return records;
  }

  return { append, read };
}

/** The last whole line of the file (null when there is none), and the bytes behind it that a crash left without a newline. */
async function lastLine(
  handle: FileHandle,
  size: number,
): Promise<{ line: string | null; start: number; torn: Buffer }> {
  let length = Math.min(size, 64 * 1024);
  for (;;) {
    const bytes = Buffer.alloc(length);
    await handle.read(bytes, 0, length, size - length);
    const end = bytes.lastIndexOf(0x0a);
    const before = end <= 0 ? -1 : bytes.lastIndexOf(0x0a, end - 1);
    if (end !== -1 && (before !== -1 || length === size)) {
      const line = bytes.toString('utf8', before + 1, end);
      return { line, start: size - length + before + 1, torn: bytes.subarray(end + 1) };
    }
    if (length === size) return { line: null, start: 0, torn: bytes };
    length = Math.min(size, length * 4);
  }
}

export interface JournalContents {
  readonly records: readonly JournalRecord[];
  /** Why the file is not a whole chain, with the line; null when it is. */
  readonly problem: string | null;
  /** Bytes of a torn last line; not a problem: the next append puts them aside. */
  readonly tornBytes: number;
}

/** Reads a journal file and checks every hash and every link of the chain. A file that is not there is empty; one that cannot be read is SpillwayError `failed`. */
export async function readJournal(path: string): Promise<JournalContents> {
  let text: string;
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      text = await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { records: [], problem: null, tornBytes: 0 };
    throw new SpillwayError('failed', `the journal ${path} cannot be read (${messageOf(error)})`, {
      suggestions: [`check the permissions of ${path}`],
      cause: error,
    });
  }
  const lines = text.split('\n');
  const torn = lines.pop() ?? '';
  const records: JournalRecord[] = [];
  for (const [index, line] of lines.entries()) {
    const decoded = decode(line);
    const problem = 'problem' in decoded ? decoded.problem : linkProblem(decoded.record, records.at(-1));
    if (problem !== null) return { records, problem: `line ${index + 1}: ${problem}`, tornBytes: 0 };
    if ('record' in decoded) records.push(decoded.record);
  }
  return { records, problem: null, tornBytes: Buffer.byteLength(torn) };
}

function linkProblem(record: JournalRecord, before: JournalRecord | undefined): string | null {
  if (before === undefined) {
    const bound = record.type === 'genesis' && record.seq === 0 && record.body['file'] === record.prev;
    return bound ? null : 'the first record is not a genesis record';
  }
  if (record.seq !== before.seq + 1) return `number ${record.seq} follows number ${before.seq}`;
  return record.prev === before.hash ? null : 'it does not continue the line before it';
}
