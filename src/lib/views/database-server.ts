import { visible } from '../core/visible.ts';
import type { DatabaseHealthData } from '../operations/database/health.ts';
import type { Viewed } from '../operations/database/view.ts';
import { bytes, count, counted, duration, percent, perSecond } from './format.ts';
import { shorten } from './shorten.ts';
import { table } from './table.ts';

type Seen<View> = View extends Viewed<infer T> ? Exclude<T, { readonly unavailable: string }> : never;
type Part<Name extends keyof DatabaseHealthData> = Seen<DatabaseHealthData[Name]>;

const mostRows = 8;
/** Names of tables and programs are cut to this, so that their columns leave room for the numbers. */
const nameWidth = 34;

/** Tables by writes: inserts, updates (and how many of them touched no index), deletes, dead rows. */
export function hotTableLines({ tables }: Part<'tables'>): string[] {
  if (tables.length === 0) return ['no table was used'];
  const columns = [
    { title: 'Table' },
    { title: 'Inserts', align: 'right' },
    { title: 'Updates', align: 'right' },
    { title: 'HOT', align: 'right' },
    { title: 'Deletes', align: 'right' },
    { title: 'Dead rows', align: 'right' },
  ] as const;
  const written = tables.filter(
    (one) => one.insertsPerSecond + one.updatesPerSecond + one.deletesPerSecond > 0,
  );
  const rows = (written.length > 0 ? written : tables)
    .slice(0, mostRows)
    .map((one) => [
      shorten(visible(one.table), 30),
      perSecond(one.insertsPerSecond),
      perSecond(one.updatesPerSecond),
      one.hotShare === null ? '' : percent(one.hotShare),
      perSecond(one.deletesPerSecond),
      count(one.deadRows),
    ]);
  const scanned = tables
    .filter((one) => one.sequentialRowsPerSecond >= 10_000)
    .map((one) => `${visible(one.table)} (${perSecond(one.sequentialRowsPerSecond)} rows)`);
  return [
    table(columns, rows),
    ...(scanned.length === 0 ? [] : [`Read in full: ${scanned.slice(0, 3).join(', ')}`]),
  ];
}

/** Tables that grow, and of each the index that grows most. */
export function growthLines({ tables, bytesPerSecond, locked }: Part<'growth'>): string[] {
  const grown = tables.filter((one) => one.bytesPerSecond + one.indexBytesPerSecond > 0);
  const shown = (grown.length > 0 ? grown : tables).slice(0, mostRows);
  const size = (value: number | null) => (value === null ? 'locked' : bytes(value));
  const lines =
    shown.length === 0
      ? ['no tables']
      : [
          table(
            [
              { title: 'Table' },
              { title: 'Size', align: 'right' },
              { title: 'Grows', align: 'right' },
              { title: 'Indexes', align: 'right' },
              { title: 'Grow', align: 'right' },
            ],
            shown.map((one) => [
              shorten(visible(one.table), nameWidth),
              size(one.bytes),
              byteRate(one.bytesPerSecond),
              size(one.indexBytes),
              byteRate(one.indexBytesPerSecond),
            ]),
          ),
        ];
  for (const one of shown.slice(0, 3)) {
    const [fastest] = one.indexes;
    if (fastest !== undefined && fastest.bytesPerSecond > 0)
      lines.push(`Index ${visible(fastest.name)} grows ${byteRate(fastest.bytesPerSecond)}`);
  }
  if (grown.length > 0)
    lines.push(`All together ${byteRate(bytesPerSecond)}, ${bytes(bytesPerSecond * 3_600)} an hour.`);
  if (locked.length > 0)
    lines.push(
      `Size hidden by an ACCESS EXCLUSIVE lock: ${shorten(locked.map((one) => visible(one)).join(', '), 34)}`,
    );
  return lines;
}

export function databaseLines(rates: Part<'database'>): string[] {
  const hit = rates.hitShare === null ? '' : `, ${percent(rates.hitShare)} of blocks found in shared buffers`;
  return [
    `${perSecond(rates.commitsPerSecond)} commits, ${perSecond(rates.rollbacksPerSecond)} rollbacks, ${perSecond(rates.rowsWrittenPerSecond)} rows written`,
    `${perSecond(rates.blocksReadPerSecond)} blocks read${hit}`,
    ...(rates.temporaryBytesPerSecond === 0
      ? []
      : [`${byteRate(rates.temporaryBytesPerSecond)} of temporary files`]),
    ...(rates.deadlocks === 0 ? [] : [counted(rates.deadlocks, 'deadlock')]),
    ...(rates.recoveryConflicts === 0
      ? []
      : [`${counted(rates.recoveryConflicts, 'statement')} cancelled by the replay`]),
  ];
}

export function walLines(wal: Part<'wal'>): string[] {
  const parts = [
    [wal.recordsPerSecond, 'records'],
    [wal.fullPageImagesPerSecond, 'full-page images'],
    [wal.syncsPerSecond, 'syncs'],
    [wal.buffersFullPerSecond, 'times buffers full'],
  ] as const;
  const counts = parts.flatMap(([value, label]) => (value === null ? [] : [`${perSecond(value)} ${label}`]));
  return [`${byteRate(wal.bytesPerSecond)} written`, ...(counts.length === 0 ? [] : [counts.join(', ')])];
}

export function walFileLines({ files, bytes: size, softLimitBytes }: Part<'walFiles'>): string[] {
  return [`${bytes(size)} in ${counted(files, 'file')} (max_wal_size is ${bytes(softLimitBytes)})`];
}

export function archiverLines(archiver: Part<'archiver'>): string[] {
  if (!archiver.on) return ['archiving is off'];
  const ago = (seconds: number | null) => (seconds === null ? 'never' : `${duration(seconds)} ago`);
  return [
    `archived ${ago(archiver.secondsSinceArchived)}, failed ${counted(archiver.failed, 'time')}, last ${ago(archiver.secondsSinceFailure)}`,
  ];
}

export function checkpointLines(view: Part<'checkpoints'>): string[] {
  const since =
    view.secondsSinceLast === null ? '' : `, the last began ${duration(view.secondsSinceLast)} ago`;
  const sessions =
    view.buffersBySessionsPerSecond === null
      ? ''
      : `, ${perSecond(view.buffersBySessionsPerSecond)} by sessions themselves`;
  return [
    `${count(view.timed)} by time, ${count(view.requested)} on request (${count(view.requestedInWindow)} in this window)${since}`,
    `${perSecond(view.buffersWrittenPerSecond)} buffers written${sessions}`,
  ];
}

export function ioLines({ kinds }: Part<'io'>): string[] {
  if (kinds.length === 0) return ['none'];
  const mean = (value: number | null) => (value === null ? '' : `, ${value.toFixed(value < 10 ? 1 : 0)} ms`);
  return [
    table(
      [
        { title: 'Process' },
        { title: 'Of' },
        { title: 'Reads', align: 'right' },
        { title: 'Writes', align: 'right' },
        { title: 'Syncs', align: 'right' },
      ],
      kinds
        .slice(0, mostRows)
        .map((one) => [
          one.backend,
          shorten(one.context === 'normal' ? one.object : `${one.context}, ${one.object}`, 14),
          `${byteRate(one.readBytesPerSecond)}${mean(one.readMs)}`,
          `${byteRate(one.writeBytesPerSecond)}${mean(one.writeMs)}`,
          perSecond(one.syncsPerSecond),
        ]),
    ),
  ];
}

export function vacuumLines(view: Part<'vacuum'>): string[] {
  const age = view.forcedAtAge === 0 ? 0 : view.frozenAge / view.forcedAtAge;
  return [
    ...(view.on ? [] : ['autovacuum is OFF']),
    `${counted(view.workers.length, 'vacuum')} running (autovacuum may run ${count(view.mostWorkers)}); oldest transaction id at ${percent(age)} of the forced age`,
    ...view.workers.map(
      (one) =>
        `pid ${one.pid}: ${visible(one.table ?? 'a table of another database, or hidden')}, ${one.phase}${one.scanned === null ? '' : `, ${percent(one.scanned)} scanned`}`,
    ),
    ...view.debts
      .slice(0, mostRows)
      .map(
        (one) =>
          `${visible(one.table)}: ${count(one.deadRows)} dead rows, due at ${count(one.threshold)}${one.disabled ? ', autovacuum DISABLED' : ''}, vacuumed ${one.secondsSinceVacuum === null ? 'never' : `${duration(one.secondsSinceVacuum)} ago`}`,
      ),
  ];
}

export function transactionLines({ oldest }: Part<'transactions'>): string[] {
  if (oldest.length === 0) return ['none is open for more than a second'];
  return oldest.slice(0, 5).map((one) => {
    const who = [one.user, one.application]
      .filter((name) => name !== null && name !== '')
      .map((name) => visible(name ?? ''));
    const text = visible((one.statement ?? '').replace(/\s+/g, ' ').trim());
    return `${duration(one.seconds)}: pid ${one.pid} ${who.join(' ')} (${one.state ?? 'state unknown'}): ${shorten(text, 60)}`;
  });
}

export function replicationLines({ replicas, standby }: Part<'replication'>): string[] {
  const lines = replicas.map((one) => {
    const behind = one.behindBytes === null ? 'lag hidden' : `${bytes(one.behindBytes)} behind`;
    const replay = one.replaySeconds === null ? '' : `, ${duration(one.replaySeconds)} to replay`;
    const name = visible(one.application === '' ? 'a replica' : one.application);
    return `${name} ${visible(one.address ?? '')} (${one.sync ?? 'unknown'}, ${one.state ?? 'state hidden'}): ${behind}${replay}`;
  });
  if (standby !== null) {
    const late = standby.seconds === null ? 'replay time unknown' : `${duration(standby.seconds)} behind`;
    const bytesLate =
      standby.unreplayedBytes === null ? '' : `, ${bytes(standby.unreplayedBytes)} received and not replayed`;
    lines.unshift(
      `this is a hot standby, ${standby.receiving === true ? 'receiving' : 'NOT receiving'}: ${late}${bytesLate}`,
    );
  }
  return lines.length === 0 ? ['no replica is connected'] : lines;
}

export function slotLines({ slots }: Part<'slots'>): string[] {
  if (slots.length === 0) return ['none'];
  return slots
    .slice(0, mostRows)
    .map(
      (one) =>
        `${visible(one.name)} (${one.kind}, ${one.active ? 'in use' : 'NOT in use'}${one.status === null ? '' : `, ${one.status}`}): keeps ${one.keptBytes === null ? 'nothing yet' : bytes(one.keptBytes)}`,
    );
}

function byteRate(bytesPerSecond: number): string {
  return `${bytes(bytesPerSecond)}/s`;
}
