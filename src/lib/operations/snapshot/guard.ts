import type { Check } from '../../core/check.ts';
import type { ReadContext } from '../../core/operation.ts';
import type { ReadAccess } from '../access.ts';

/**
 * The precondition of a destructive step: the snapshot exists, verifies, and is of the cluster and database that the target is connected to now.
 * Every check must be ok; with one that is not, nothing may be destroyed.
 * @throws SpillwayError `usage` (no such snapshot), `failed` (incomplete), `unreachable`
 */
export async function snapshotGuard(
  context: Pick<ReadContext<ReadAccess>, 'read' | 'signal' | 'target'>,
  snapshotId: string,
): Promise<readonly Check[]> {
  const manifest = await context.read.snapshots.show(snapshotId);
  const { findings } = await context.read.snapshots.verify(snapshotId, context.signal);
  const now = await context.read.snapshots.estimate(snapshotId, context.signal);
  return [
    ...findings.map(({ name, ok, detail }) => ({ name: `snapshot ${name}`, ok, detail })),
    {
      name: 'snapshot of this target',
      ok: manifest.target === context.target,
      detail: `made of target ${manifest.target}`,
    },
    {
      name: 'snapshot of this cluster',
      ok: manifest.systemIdentifier === now.systemIdentifier && manifest.database === now.database,
      detail: `made of ${manifest.database} on ${manifest.systemIdentifier ?? 'a cluster without a readable identifier'}, connected to ${now.database} on ${now.systemIdentifier ?? 'one without'}`,
    },
  ];
}
