import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { SnapshotManifest, SnapshotVerification } from '../../drivers/snapshot/driver.ts';
import type { CatalogueOperation } from '../access.ts';

const input = z.strictObject({ id: z.string().min(1) });

/** Data of `snapshot.verify`. `ok` false is the result, not an error: the command gives it exit code 4. */
export interface SnapshotVerifyData extends SnapshotVerification {
  readonly manifest: SnapshotManifest;
}

/** `snapshot.verify`: reads every file of a snapshot again and compares. Needs no database. */
export const snapshotVerify: CatalogueOperation<z.output<typeof input>, SnapshotVerifyData> = diagnosis({
  id: 'snapshot.verify',
  title: 'Verify a snapshot',
  input,
  async measure(context, { id }) {
    const manifest = await context.read.snapshots.show(id);
    const verification = await context.read.snapshots.verify(id, context.signal);
    const broken = verification.findings.filter((finding) => !finding.ok);
    return {
      summary: verification.ok
        ? `Snapshot ${id} is good.`
        : `Snapshot ${id} is not good: ${broken.map((finding) => finding.detail).join('; ')}.`,
      data: { ...verification, manifest },
    };
  },
});
