import { randomBytes } from 'node:crypto';

/** A new snapshot id, `20241105-171000-3f9a`: UTC time first, so that names sort by age. */
export function newSnapshotId(now: Date): string {
  const stamp = now.toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '').replace('T', '-');
  return `${stamp}-${randomBytes(2).toString('hex')}`;
}
