import { z } from 'zod';
import type { ArchiveManifest, ArchiveSummary, ArchiveVerification } from '../../archive/contract.ts';
import { diagnosis } from '../../core/operation.ts';
import type { CatalogueOperation } from '../access.ts';

const input = z.strictObject({
  archiveId: z.string().min(1).optional().describe('only this archive, with its manifest'),
  verify: z.boolean().default(false).describe('read everything and compare the checksums'),
});

/** What `queue.archives` gives. */
export interface QueueArchivesData {
  readonly archives: readonly ArchiveSummary[];
  /** Of the archive that was asked for, else null. */
  readonly manifest: ArchiveManifest | null;
  /** One for each archive when verification was asked for. */
  readonly verifications: readonly ArchiveVerification[];
}

/** `queue.archives`: the archives of purged messages; needs neither store. */
export const queueArchives: CatalogueOperation<z.output<typeof input>, QueueArchivesData> = diagnosis({
  id: 'queue.archives',
  title: 'Archives of purged messages',
  input,
  async measure(context, { archiveId, verify }) {
    const { archive } = context.read;
    const manifest = archiveId === undefined ? null : await archive.show(archiveId);
    const archives = (await archive.list()).filter(({ id }) => archiveId === undefined || id === archiveId);
    const verifications: ArchiveVerification[] = [];
    for (const { id } of verify ? archives : []) {
      context.progress(`verifying archive ${id}`);
      verifications.push(await archive.verify(id));
    }
    const damaged = verifications.filter(({ ok }) => !ok).length;
    const messages = archives.reduce((sum, one) => sum + one.messages, 0).toLocaleString('en-US');
    const state = verify ? (damaged === 0 ? '; all verified' : `; ${damaged} DAMAGED`) : '';
    return {
      summary: `${archives.length} archives with ${messages} messages${state}.`,
      data: { archives, manifest, verifications },
    };
  },
});
