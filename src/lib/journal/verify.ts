import { readJournal } from './journal.ts';

/**
 * `anchored`: whole, and its head is known to a store outside this machine. `prefix-only`: whole as far as it goes, but nothing outside says that its end was not cut off.
 * `tampered`: a line does not fit. An unkeyed chain stops accidents and naive edits; it proves no more than that.
 */
export type JournalVerdict = 'anchored' | 'prefix-only' | 'tampered';

export interface JournalVerification {
  readonly verdict: JournalVerdict;
  readonly records: number;
  /** Hash of the last good record; null for an empty journal. */
  readonly head: string | null;
  readonly anchoredThrough: number | null;
  readonly problem: string | null;
  readonly tornBytes: number;
}

/** What a store outside this machine remembers of the journal. */
export interface JournalAnchor {
  readonly seq: number;
  readonly hash: string;
}

/** Checks the file's chain, and its head against the anchor when there is one. */
export async function verifyJournal(
  path: string,
  anchor: JournalAnchor | null,
): Promise<JournalVerification> {
  const { records, problem, tornBytes } = await readJournal(path);
  const head = records.at(-1)?.hash ?? null;
  const base = { records: records.length, head, tornBytes };
  if (problem !== null) return { ...base, verdict: 'tampered', anchoredThrough: null, problem };
  if (anchor === null) return { ...base, verdict: 'prefix-only', anchoredThrough: null, problem: null };
  const anchored = records[anchor.seq];
  if (anchored === undefined) {
    return {
      ...base,
      verdict: 'tampered',
      anchoredThrough: null,
      problem: `the copy in the store knows record ${anchor.seq}, which is missing here`,
    };
  }
  if (anchored.hash !== anchor.hash) {
    return {
      ...base,
      verdict: 'tampered',
      anchoredThrough: null,
      problem: `record ${anchor.seq} differs from its copy in the store`,
    };
  }
  return { ...base, verdict: 'anchored', anchoredThrough: anchor.seq, problem: null };
}
