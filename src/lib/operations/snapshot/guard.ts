import type { Check } from '../../core/check.ts';
import type { Json } from '../../core/json.ts';
import type { Step } from '../../core/step.ts';
import type { SnapshotReader } from '../../drivers/snapshot/driver.ts';

/**
 * The precondition of a destructive step: the newest snapshot among the done steps of a run exists, verifies file by file, and is of the cluster and database
 * that the target is connected to now. With a check that is not ok, nothing may be destroyed.
 * @throws SpillwayError `usage` (the snapshot is gone), `failed` (incomplete), `unreachable`
 */
export async function checkSnapshotOf(snapshots: SnapshotReader, steps: readonly Step[]): Promise<Check> {
  const name = 'snapshot';
  // A step that was found done after a crash has no result; its undo data names the snapshot all the same.
  const ids = steps.map((step) => snapshotIdOf(step.result) ?? snapshotIdOf(step.undo));
  const id = ids.findLast((one) => one !== null) ?? null;
  if (id === null) return { name, ok: false, detail: 'no step of this run has made one' };
  const manifest = await snapshots.show(id);
  const { findings } = await snapshots.verify(id);
  const broken = findings.filter((finding) => !finding.ok);
  if (broken.length > 0) {
    return { name, ok: false, detail: `${id}: ${broken.map((finding) => finding.detail).join('; ')}` };
  }
  const now = await snapshots.estimate(id);
  if (manifest.systemIdentifier !== now.systemIdentifier || manifest.database !== now.database) {
    return {
      name,
      ok: false,
      detail: `${id} is of ${described(manifest)} and the target is now ${described(now)}`,
    };
  }
  return { name, ok: true, detail: `${id} of ${manifest.createdAt} verified` };
}

/** The id in what a step of `snapshot.create` has recorded, as its result or as its undo data. */
export function snapshotIdOf(recorded: Json): string | null {
  if (typeof recorded !== 'object' || recorded === null || !('snapshotId' in recorded)) return null;
  return typeof recorded.snapshotId === 'string' ? recorded.snapshotId : null;
}

function described(facts: { readonly database: string; readonly systemIdentifier: string | null }): string {
  return `database ${facts.database} on cluster ${facts.systemIdentifier ?? '(identifier not readable)'}`;
}
