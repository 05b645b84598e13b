import { messageOf, SpillwayError } from '../core/errors.ts';
import type { Journal } from './journal.ts';
import { encode, type JournalRecord } from './record.ts';
import type { JournalAnchor } from './verify.ts';

/** A line as it stands in the file, with its place. */
export interface JournalLine {
  readonly seq: number;
  readonly line: string;
  readonly hash: string;
}

/** A copy of journals outside this machine: an insert-only table. `file` is the id that a journal's genesis record binds. */
export interface JournalCopy {
  /** The newest record that the copy has of this file; null when it has none. */
  head(file: string): Promise<JournalAnchor | null>;
  /** Adds lines; those that are there already stay as they are. */
  add(file: string, target: string, lines: readonly JournalLine[]): Promise<void>;
}

const batch = 500;

/** The id of the journal's file, or null for an empty one. */
export function fileIdOf(records: readonly JournalRecord[]): string | null {
  const id = records[0]?.body['file'];
  return typeof id === 'string' ? id : null;
}

/**
 * Adds to the copy what the journal has and the copy lacks; returns how many records. The journal itself stays the truth: a copy that cannot be reached is caught up later.
 * Throws SpillwayError `failed` when the copy disagrees with the journal.
 */
export async function catchUp(journal: Journal, copy: JournalCopy, target: string): Promise<number> {
  const records = await journal.read();
  const file = fileIdOf(records);
  if (file === null) return 0;
  const head = await copy.head(file);
  if (head !== null && records[head.seq]?.hash !== head.hash) {
    throw new SpillwayError(
      'failed',
      `record ${head.seq} of the journal differs from its copy in the store`,
      { suggestions: ['spillway journal verify'] },
    );
  }
  const missing = records.slice(head === null ? 0 : head.seq + 1);
  for (let start = 0; start < missing.length; start += batch) {
    await copy.add(
      file,
      target,
      missing
        .slice(start, start + batch)
        .map((record) => ({ seq: record.seq, hash: record.hash, line: encode(record).line })),
    );
  }
  return missing.length;
}

/** `catchUp` for the end of a change: why the copy could not be kept is told, and does not make the change a failure. */
export async function tryCatchUp(
  journal: Journal,
  copy: JournalCopy,
  target: string,
  tell: (reason: string) => void,
): Promise<number | null> {
  try {
    return await catchUp(journal, copy, target);
  } catch (error) {
    if (!(error instanceof SpillwayError)) throw error;
    tell(
      `The journal's copy in the store was not brought up to date (${messageOf(error)}); the next change tries again.`,
    );
    return null;
  }
}
