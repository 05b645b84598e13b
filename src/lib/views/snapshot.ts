import { visible } from '../core/visible.ts';
import { bytes, counted, moment } from './format.ts';
import type { Style } from './style.ts';
import { plainStyle } from './style.ts';
import { table } from './table.ts';

/** The snapshots of a target as `snapshot.list` gives them. */
export interface SnapshotList {
  readonly snapshots: readonly {
    readonly id: string;
    readonly status: 'good' | 'incomplete';
    readonly createdAt: string | null;
    readonly incident: string | null;
    readonly database: string | null;
    readonly totalBytes: number | null;
    readonly restoreCommand: string | null;
    readonly reason: string | null;
  }[];
}

/** What `snapshot.verify` gives. */
export interface SnapshotVerificationData {
  readonly id: string;
  readonly ok: boolean;
  readonly findings: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
  readonly manifest: {
    readonly createdAt: string;
    readonly database: string;
    readonly operator: string;
    readonly restoreCommand: string;
  };
}

/** Newest first, with the command that restores the newest good one. */
export function renderSnapshots(view: SnapshotList, style: Style = plainStyle): string {
  const { snapshots } = view;
  if (snapshots.length === 0)
    return 'No snapshots of this target on this machine.\n\nNext: spillway snapshot create';
  const good = snapshots.filter((entry) => entry.status === 'good');
  const incomplete = snapshots.filter((entry) => entry.status === 'incomplete');
  const answer = [
    `${counted(good.length, 'good snapshot')}.`,
    ...(incomplete.length > 0 ? [`${counted(incomplete.length, 'incomplete attempt')}.`] : []),
  ].join(' ');
  const rows = snapshots.map((entry) => [
    entry.id,
    entry.status === 'good' ? style.green('good') : style.yellow('INCOMPLETE'),
    entry.createdAt === null ? '-' : moment(entry.createdAt),
    entry.totalBytes === null ? '-' : bytes(entry.totalBytes),
    visible(entry.incident ?? '-'),
  ]);
  const columns = [
    { title: 'id' },
    { title: 'state' },
    { title: 'created' },
    { title: 'size', align: 'right' },
    { title: 'incident' },
  ] as const;
  const newest = good[0];
  return [
    answer,
    '',
    table(columns, rows),
    ...incomplete.map((entry) => style.dim(`${entry.id}: ${visible(entry.reason ?? 'it did not finish')}`)),
    ...(newest?.restoreCommand ? ['', `Restore ${newest.id}:`, `  ${visible(newest.restoreCommand)}`] : []),
    ...(newest === undefined
      ? ['', 'Next: spillway snapshot create']
      : [`Next: spillway snapshot verify ${newest.id}`]),
  ].join('\n');
}

/** The verdict, what was looked at, and how to restore. */
export function renderSnapshotVerification(
  view: SnapshotVerificationData,
  style: Style = plainStyle,
): string {
  const { manifest } = view;
  return [
    view.ok ? style.green(`Snapshot ${view.id} is good.`) : style.red(`Snapshot ${view.id} is NOT good.`),
    `Database ${visible(manifest.database)}, ${moment(manifest.createdAt)}, by ${visible(manifest.operator)}.`,
    '',
    ...view.findings.map(
      (finding) => `${finding.ok ? 'ok  ' : 'BAD '} ${finding.name}: ${visible(finding.detail)}`,
    ),
    '',
    ...(view.ok
      ? ['Restore it:', `  ${visible(manifest.restoreCommand)}`]
      : ['Do not rely on it.', 'Next: spillway snapshot create']),
  ].join('\n');
}
