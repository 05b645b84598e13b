import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../../src/lib/core/clock.ts';
import { fileJournal, type Journal, journalFile } from '../../../src/lib/journal/journal.ts';
import type { JournalEntry } from '../../../src/lib/journal/record.ts';
import { thisProcess } from './this-process.ts';

/** A journal in a folder of its own, gone after the test. */
export interface JournalFolder {
  readonly folder: string;
  readonly path: string;
  /** Opens the journal as another process would: without what this one remembers of its end. */
  open(): Journal;
  lines(): Promise<string[]>;
  /** Replaces the whole file. */
  rewrite(lines: readonly string[]): Promise<void>;
}

export async function journalFolder(): Promise<JournalFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-test-journal-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, journalFile);
  return {
    folder,
    path,
    open: () =>
      fileJournal({ folder, target: 'lab', actor: 'ann@desk', clock: systemClock, identity: thisProcess }),
    lines: async () => (await readFile(path, 'utf8')).trimEnd().split('\n'),
    rewrite: (lines) => writeFile(path, lines.map((line) => `${line}\n`).join('')),
  };
}

/** A record that says `text`. */
export function note(text: string): JournalEntry {
  return { type: 'noted', run: null, op: null, body: { text } };
}
