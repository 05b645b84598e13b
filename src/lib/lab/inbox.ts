import { readFileSync } from 'node:fs';
import { layoutOf } from './layout.ts';

/** A request that the local receivers were sent. */
export interface InboxEntry {
  /** ISO-8601, UTC. */
  readonly at: string;
  readonly kind: 'slack' | 'statuspage';
  /** The HTTP status that was answered. */
  readonly status: number;
  readonly request: { readonly method: string; readonly path: string; readonly body: string };
}

/** Everything that arrived at the lab's receivers for Slack and Statuspage, oldest first. Works while the lab is down. */
export function labInbox(options: {
  readonly labFolder: string;
  readonly uid: number;
}): readonly InboxEntry[] {
  return readInbox(layoutOf(options.labFolder, options.uid).inbox);
}

/** Reads inbox.ndjson; a last line that was cut off by a crash is left out. */
export function readInbox(file: string): readonly InboxEntry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as InboxEntry);
}
