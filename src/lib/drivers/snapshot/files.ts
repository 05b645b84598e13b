import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotFile } from './driver.ts';

/**
 * Size and SHA-256 of every file of a dump, by name. Nothing but plain files may stand there.
 * @throws Error of the file system; the signal's reason when it is aborted
 */
export async function digestFiles(folder: string, signal?: AbortSignal): Promise<SnapshotFile[]> {
  const entries = await readdir(join(folder, 'dump'));
  const files: SnapshotFile[] = [];
  for (const name of entries.sort()) files.push(await digestFile(folder, `dump/${name}`, signal));
  return files;
}

/** Size and SHA-256 of one file; a symbolic link is not followed. */
export async function digestFile(folder: string, path: string, signal?: AbortSignal): Promise<SnapshotFile> {
  const file = await open(join(folder, path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(1 << 20);
    let bytes = 0;
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
    }
    return { path, bytes, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

/** Writes a new file for its owner only and makes it durable. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the entries of a folder durable: a file's own sync does not cover its name. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
