import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SpillwayError } from '../core/errors.ts';
import type { StreamName } from './contract.ts';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** The folder of one archive. Throws SpillwayError `usage` for an id that is not a plain name: it cannot lead out of `folder`. */
export function archiveFolder(folder: string, archiveId: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,120}$/.test(archiveId) || archiveId.includes('..'))
    throw new SpillwayError('usage', `"${archiveId}" is not the id of an archive.`, {
      suggestions: ['spillway queue archives'],
    });
  return join(folder, archiveId);
}

/** `email.1-000001.ndjson.zst`: channel, part, number of the segment. Throws SpillwayError `usage` for a channel that is not a plain name. */
export function segmentName(stream: StreamName, number: number): string {
  return `${streamPrefix(stream)}${String(number).padStart(6, '0')}.ndjson.zst`;
}

/** What the names of a stream's segments begin with. */
export function streamPrefix({ channel, part }: StreamName): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,60}$/.test(channel) || !Number.isInteger(part))
    throw new SpillwayError('usage', `"${channel}" cannot be the name of a channel in an archive.`);
  return `${channel}.${part}-`;
}

/** Makes a private folder (and those above it), durably. */
export async function makeFolder(parent: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await syncFolder(parent);
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, O_RDONLY | O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A new private file; fails when something of that name is there, a link included. */
export function createFile(path: string): Promise<FileHandle> {
  return open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, 0o600);
}

/** An existing file, for reading and writing; never through a link. */
export function openFile(path: string): Promise<FileHandle> {
  return open(path, O_RDWR | O_NOFOLLOW);
}

/** Reads a whole file, never through a link. */
export async function readWhole(path: string): Promise<Buffer> {
  const handle = await open(path, O_RDONLY | O_NOFOLLOW);
  try {
    return await readFile(handle);
  } finally {
    await handle.close();
  }
}

/** Replaces a small file as a whole: after a crash it is the old one or the new one. */
export async function replaceFile(folder: string, name: string, content: string): Promise<void> {
  const draft = join(folder, `.${name}.new`);
  await rm(draft, { force: true });
  const handle = await open(draft, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, join(folder, name));
  await syncFolder(folder);
}

/** An error of the file system in words. */
export function fileError(error: unknown, doing: string): SpillwayError {
  if (error instanceof SpillwayError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  return new SpillwayError(
    'failed',
    full
      ? `${doing}: the disk is full (${code}). What was not archived is still in the queue's quarantine; nothing was lost.`
      : `${doing}: ${messageOf(error)}.`,
    {
      suggestions: full ? ['make room (df -h), then resume the run'] : [],
      details: { code },
      cause: error,
    },
  );
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
