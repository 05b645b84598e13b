import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { SnapshotEntry } from '../../drivers/snapshot/driver.ts';
import type { CatalogueOperation } from '../access.ts';

const input = z.strictObject({});

/** Data of `snapshot.list`, newest first. */
export interface SnapshotListData {
  readonly snapshots: readonly SnapshotEntry[];
}

/** `snapshot.list`: the target's snapshots on this machine. Needs no database. */
export const snapshotList: CatalogueOperation<z.output<typeof input>, SnapshotListData> = diagnosis({
  id: 'snapshot.list',
  title: 'List the snapshots of the target',
  input,
  async measure(context) {
    const snapshots = await context.read.snapshots.list();
    const good = snapshots.filter((entry) => entry.status === 'good').length;
    const rest = snapshots.length - good;
    return {
      summary: `${good.toLocaleString('en')} snapshots${rest === 0 ? '' : `, ${rest.toLocaleString('en')} incomplete attempts`}.`,
      data: { snapshots },
    };
  },
});
