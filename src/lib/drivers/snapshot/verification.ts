import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';
import { contentsFinding } from './contents.ts';
import type { SnapshotFinding, SnapshotManifest, SnapshotVerification } from './driver.ts';
import { digestFile } from './files.ts';
import { showDump } from './listing.ts';
import type { PgDumpOptions } from './pg-dump-options.ts';

/** See SnapshotReader.verify. */
export async function verifyDump(
  options: PgDumpOptions,
  id: string,
  signal?: AbortSignal,
): Promise<SnapshotVerification> {
  const manifest = await showDump(options.folder, id);
  const folder = join(options.folder, id);
  const findings = [
    await filesFinding(folder, manifest, signal),
    await contentsFinding(
      options,
      join(folder, 'dump'),
      manifest.tables.map((table) => table.name),
      signal,
    ),
  ];
  return { id, ok: findings.every((finding) => finding.ok), findings };
}

async function filesFinding(
  folder: string,
  manifest: SnapshotManifest,
  signal?: AbortSignal,
): Promise<SnapshotFinding> {
  const name = 'files';
  const wrong: string[] = [];
  for (const expected of manifest.files) {
    try {
      const found = await digestFile(folder, expected.path, signal);
      if (found.bytes !== expected.bytes) {
        wrong.push(
          `${expected.path} has ${found.bytes.toLocaleString('en')} bytes instead of ${expected.bytes.toLocaleString('en')}`,
        );
      } else if (found.sha256 !== expected.sha256) wrong.push(`${expected.path} has another SHA-256`);
    } catch (error) {
      signal?.throwIfAborted();
      wrong.push(`${expected.path} cannot be read (${messageOf(error)})`);
    }
  }
  wrong.push(...(await strangers(folder, manifest)));
  if (wrong.length > 0) return { name, ok: false, detail: visible(wrong.slice(0, 5).join('; ')) };
  return {
    name,
    ok: true,
    detail: `${manifest.files.length.toLocaleString('en')} files, ${manifest.totalBytes.toLocaleString('en')} bytes, sizes and SHA-256 as recorded`,
  };
}

async function strangers(folder: string, manifest: SnapshotManifest): Promise<string[]> {
  const known = new Set(manifest.files.map((file) => file.path));
  try {
    const found = await readdir(join(folder, 'dump'));
    return found
      .filter((one) => !known.has(`dump/${one}`))
      .map((one) => `dump/${one} is not in the manifest`);
  } catch (error) {
    return [`the dump's folder cannot be read (${messageOf(error)})`];
  }
}
