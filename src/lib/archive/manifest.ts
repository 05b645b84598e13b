import { join } from 'node:path';
import { SpillwayError } from '../core/errors.ts';
import { isMissing, readWhole, replaceFile } from './archive-files.ts';
import type { ArchiveHeader, ArchiveManifest, ArchiveSegment } from './contract.ts';

const fileName = 'manifest.json';
const manifestSchema = 'spillway/archive/1';

type Counts = ArchiveManifest['conversations'];

/** What the manifest on disk says of one stream beyond the public form: counts, so that streams can be described one at a time. */
interface StreamCounts {
  readonly channel: string;
  readonly part: number;
  readonly conversations: Counts;
  readonly clients: Counts;
}

/** The manifest as it lies on disk. */
export interface StoredManifest extends ArchiveManifest {
  readonly streams: readonly StreamCounts[];
}

/** Null when the folder holds no manifest. Throws SpillwayError `failed` for one that cannot be understood. */
export async function readManifest(folder: string): Promise<StoredManifest | null> {
  let text: string;
  try {
    text = (await readWhole(join(folder, fileName))).toString('utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SpillwayError('failed', `${join(folder, fileName)} is not JSON.`, { cause: error });
  }
  const manifest = value as StoredManifest;
  if (
    manifest?.schema !== manifestSchema ||
    !Array.isArray(manifest.segments) ||
    !Array.isArray(manifest.streams)
  )
    throw new SpillwayError(
      'failed',
      `${join(folder, fileName)} is not a manifest of schema ${manifestSchema}.`,
    );
  return manifest;
}

export async function writeManifest(folder: string, manifest: StoredManifest): Promise<void> {
  await replaceFile(folder, fileName, `${JSON.stringify(manifest, null, 2)}\n`);
}

export function emptyManifest(header: ArchiveHeader): StoredManifest {
  return {
    schema: manifestSchema,
    ...header,
    state: 'open',
    messages: 0,
    bytes: 0,
    channels: [],
    conversations: [],
    clients: [],
    segments: [],
    streams: [],
  };
}

/** The manifest with one stream described anew; all sums are made from the parts. */
export function withStream(
  manifest: StoredManifest,
  counts: StreamCounts,
  segments: readonly ArchiveSegment[],
): StoredManifest {
  const other = (one: { readonly channel: string; readonly part: number }) =>
    one.channel !== counts.channel || one.part !== counts.part;
  const allSegments = [...manifest.segments.filter(other), ...segments].sort((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : 0,
  );
  const streams = [...manifest.streams.filter(other), counts];
  const channels = new Map<string, number>();
  for (const { channel, messages } of allSegments)
    channels.set(channel, (channels.get(channel) ?? 0) + messages);
  return {
    ...manifest,
    messages: allSegments.reduce((sum, segment) => sum + segment.messages, 0),
    bytes: allSegments.reduce((sum, segment) => sum + segment.bytes, 0),
    channels: [...channels].map(([channel, messages]) => ({ channel, messages })),
    conversations: summed(streams.map((stream) => stream.conversations)),
    clients: summed(streams.map((stream) => stream.clients)),
    segments: allSegments,
    streams,
  };
}

/** The public form. */
export function publicManifest({ streams: _streams, ...manifest }: StoredManifest): ArchiveManifest {
  return manifest;
}

export function sortedCounts(counts: ReadonlyMap<number, number>): Counts {
  return [...counts]
    .map(([id, messages]) => ({ id, messages }))
    .sort((a, b) => b.messages - a.messages || a.id - b.id);
}

function summed(lists: readonly Counts[]): Counts {
  const sums = new Map<number, number>();
  for (const { id, messages } of lists.flat()) sums.set(id, (sums.get(id) ?? 0) + messages);
  return sortedCounts(sums);
}
