import { z } from 'zod';
import { SpillwayError } from '../../core/errors.ts';
import { diagnosis } from '../../core/operation.ts';
import type { SnapshotManifest, SnapshotVerification } from '../../drivers/snapshot/driver.ts';
import type { CatalogueOperation } from '../access.ts';

const input = z.strictObject({
  snapshotId: z.string().min(1).optional().describe('the newest good one when left out'),
});

/** Data of `snapshot.verify`. `ok` false is the result, not an error: the command gives it exit code 4. */
export interface SnapshotVerifyData extends SnapshotVerification {
  readonly manifest: SnapshotManifest;
}

/** `snapshot.verify`: reads every file of a snapshot again and compares. Needs no database. */
export const snapshotVerify: CatalogueOperation<z.output<typeof input>, SnapshotVerifyData> = diagnosis({
  id: 'snapshot.verify',
  title: 'Verify a snapshot',
  input,
  async measure(context, { snapshotId }) {
    const { snapshots } = context.read;
    const id = snapshotId ?? (await snapshots.list()).find((entry) => entry.status === 'good')?.id;
    if (id === undefined) {
      throw new SpillwayError('usage', `Target ${context.target} has no snapshot on this machine.`, {
        suggestions: ['spillway snapshot create'],
      });
    }
    const manifest = await snapshots.show(id);
    const verification = await snapshots.verify(id, context.signal);
    const broken = verification.findings.filter((finding) => !finding.ok);
    return {
      summary: verification.ok
        ? `Snapshot ${id} is good.`
        : `Snapshot ${id} is not good: ${broken.map((finding) => finding.detail).join('; ')}.`,
      data: { ...verification, manifest },
    };
  },
});
