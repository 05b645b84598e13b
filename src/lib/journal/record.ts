import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../core/json.ts';

/** What a caller wants remembered. */
export interface JournalEntry {
  /** `run.started`, `step.intended`, … : see docs/architecture.md for the list. */
  readonly type: string;
  /** The run that it belongs to; null for notes, incidents and locks. */
  readonly run: string | null;
  /** Operation id, or null. */
  readonly op: string | null;
  readonly body: JsonObject;
}

/** One line of the journal. */
export interface JournalRecord extends JournalEntry {
  readonly v: 1;
  /** 0 is the genesis record; without gaps. */
  readonly seq: number;
  /** ISO-8601, UTC. */
  readonly ts: string;
  /** `user@host`. */
  readonly actor: string;
  readonly target: string;
  /** `hash` of the line before; for the genesis record the file id. */
  readonly prev: string;
  /** SHA-256 in hex over the exact bytes of the line up to `,"hash":`. */
  readonly hash: string;
}

const hashMember = ',"hash":"';

/** The line of a record, without its newline, and its hash. Member order is fixed: the hash is over bytes, not over meaning. */
export function encode(record: Omit<JournalRecord, 'hash'>): {
  readonly line: string;
  readonly hash: string;
} {
  const { v, seq, ts, run, op, actor, target, type, body, prev } = record;
  const open = JSON.stringify({ v, seq, ts, run, op, actor, target, type, body, prev }).slice(0, -1);
  const hash = digest(open);
  return { line: `${open}${hashMember}${hash}"}`, hash };
}

export type Decoded = { readonly record: JournalRecord } | { readonly problem: string };

/** Reads one line and checks its own hash; the chain to its neighbours is the reader's to check. */
export function decode(line: string): Decoded {
  const cut = line.lastIndexOf(hashMember);
  if (cut === -1) return { problem: 'no hash at its end' };
  let parsed: Json;
  try {
    parsed = JSON.parse(line) as Json;
  } catch {
    return { problem: 'not JSON' };
  }
  if (!isRecord(parsed)) return { problem: 'not a journal record' };
  if (digest(line.slice(0, cut)) !== parsed.hash) return { problem: 'its hash does not fit its bytes' };
  // What stands behind the hash is not covered by it, and a second `body` there would win.
  if (line.slice(cut) !== `${hashMember}${parsed.hash}"}`) return { problem: 'it goes on behind its hash' };
  return { record: parsed };
}

function isRecord(value: unknown): value is JournalRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { v, seq, type, hash, prev } = value as Partial<JournalRecord>;
  return (
    v === 1 &&
    typeof seq === 'number' &&
    typeof type === 'string' &&
    typeof hash === 'string' &&
    typeof prev === 'string'
  );
}

function digest(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
