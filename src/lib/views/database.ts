import { visible } from '../core/visible.ts';
import type { DatabaseHealthData } from '../operations/database/health.ts';
import type { Unavailable, Viewed } from '../operations/database/view.ts';
import { blockingLines } from './database-blocking.ts';
import {
  archiverLines,
  checkpointLines,
  databaseLines,
  growthLines,
  hotTableLines,
  ioLines,
  replicationLines,
  slotLines,
  transactionLines,
  vacuumLines,
  walFileLines,
  walLines,
} from './database-server.ts';
import { count, duration, percent, perSecond, wrap } from './format.ts';
import { shorten } from './shorten.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

export type { DatabaseHealthData };

const width = 80;

type Seen<T> = Exclude<T, Unavailable>;

/** The finding, then each view under its title; a view that is unavailable says why. */
export function renderDatabaseHealth(data: DatabaseHealthData, style: Style): string {
  const section = <T extends object>(title: string, view: Viewed<T>, show: (seen: T) => readonly string[]) =>
    sectionLines(title, view, show, style);
  return [
    style.bold(wrap(visible(data.finding), width)),
    ...section('Error log', data.errorLog, (rates) => errorLogLines(rates, data)),
    ...section('Waits, all sessions of the server', data.sessions, sessionLines),
    ...section('Sessions by program', data.sessions, applicationLines),
    ...section('Who blocks whom', data.blocking, (tree) => blockingLines(tree, width - 2)),
    ...section('Locks waited for', data.locks, lockLines),
    ...section('Oldest transactions', data.transactions, transactionLines),
    ...section(`Slowest statements (over ${duration(data.windowSeconds)})`, data.statements, statementLines),
    ...section('Latency of the writes', data.statements, writeLines),
    ...section('Hot tables', data.tables, hotTableLines),
    ...section('Growth of tables and indexes', data.growth, growthLines),
    ...section('Database', data.database, databaseLines),
    ...section('Connections', data.connections, ({ used, most, reserved }) => [
      `${count(used)} of ${count(most)} in use (${count(reserved)} reserved)`,
    ]),
    ...section('WAL', data.wal, walLines),
    ...section('WAL on disk', data.walFiles, walFileLines),
    ...section('WAL archive', data.archiver, archiverLines),
    ...section('Checkpoints', data.checkpoints, checkpointLines),
    ...section('I/O', data.io, ioLines),
    ...section('Autovacuum', data.vacuum, vacuumLines),
    ...section('Replication', data.replication, replicationLines),
    ...section('Replication slots', data.slots, slotLines),
    '',
    'Next: spillway errors top',
  ].join('\n');
}

function sectionLines<T extends object>(
  title: string,
  view: Viewed<T>,
  show: (seen: T) => readonly string[],
  style: Style,
): string[] {
  const lines =
    'unavailable' in view
      ? [
          style.yellow(wrap(`not available: ${visible(view.unavailable)}`, width - 2)),
          ...(view.suggestion === null ? [] : [wrap(`try: ${visible(view.suggestion)}`, width - 2)]),
        ]
      : // a table's lines are made to fit; sentences are broken
        show(view).map((line) => (line.includes('\n') ? line : wrapSentence(line)));
  return [
    '',
    style.bold(title),
    ...lines.flatMap((line) => line.split('\n')).map((line) => `  ${line}`.trimEnd()),
  ];
}

/** Indented lines (of the blocking tree) are broken already. */
function wrapSentence(line: string): string {
  return line.length <= width - 2 || line.startsWith(' ') ? line : wrap(line, width - 2, 2);
}

function errorLogLines(rates: Seen<DatabaseHealthData['errorLog']>, data: DatabaseHealthData): string[] {
  const { statements } = data;
  const latency = (writes: { readonly meanMs: number } | null) =>
    writes === null ? '' : milliseconds(writes.meanMs);
  const [log, totals] =
    'unavailable' in statements
      ? ['', '']
      : [latency(statements.errorLogWrites), latency(statements.errorTotalsWrites)];
  const row = (one: typeof rates.errorLog, time: string) => [
    shorten(visible(one.table), 40),
    perSecond(one.insertsPerSecond),
    perSecond(one.updatesPerSecond),
    time,
  ];
  const rows = [row(rates.errorLog, log), row(rates.errorTotals, totals)];
  const columns = [
    { title: 'Table' },
    { title: 'Inserts', align: 'right' },
    { title: 'Updates', align: 'right' },
    { title: 'Mean time', align: 'right' },
  ] as const;
  if ('unavailable' in statements) {
    const { errorWriteMs } = data;
    return errorWriteMs === null
      ? [table(columns, rows)]
      : [
          table(columns, rows),
          `Time in statements on them: about ${milliseconds(errorWriteMs)} an error (from the samples of the sessions).`,
        ];
  }
  const { share, msPerError } = statements.errorLogCost;
  const each = msPerError === null ? '' : `, ${milliseconds(msPerError)} an error`;
  return [
    table(columns, rows),
    `Statements on these tables: ${percent(share)} of all statement time${each}.`,
  ];
}

function sessionLines({
  groups,
  background,
  hidden,
  samples,
}: Seen<DatabaseHealthData['sessions']>): string[] {
  const columns = [
    { title: 'Sessions', align: 'right' },
    { title: 'State' },
    { title: 'Waits on' },
    { title: 'Writes errors', align: 'right' },
  ] as const;
  const rows = groups
    .slice(0, 10)
    .map((group) => [
      group.sessions.toFixed(1),
      visible(group.state),
      waitName(group),
      group.onErrorLog.toFixed(1),
    ]);
  const lines = groups.length === 0 ? ['none'] : [table(columns, rows)];
  if (groups.length > 10) lines.push(`… and ${count(groups.length - 10)} more kinds (all of them: --json)`);
  const busy = background
    .slice(0, 4)
    .map((one) => `${one.processes.toFixed(1)} ${one.backend} on ${waitName(one)}`);
  if (busy.length > 0) lines.push(`In the background: ${busy.join('; ')}`);
  if (hidden > 0)
    lines.push(`${hidden.toFixed(0)} sessions hidden from this role: grant pg_monitor shows them`);
  lines.push(`Mean of ${count(samples)} samples.`);
  return lines;
}

function waitName(one: { readonly waitType: string | null; readonly waitEvent: string | null }): string {
  return one.waitType === null ? 'nothing (on a CPU)' : `${one.waitType} ${one.waitEvent ?? ''}`.trim();
}

function applicationLines({ applications }: Seen<DatabaseHealthData['sessions']>): string[] {
  if (applications.length === 0) return ['none'];
  const columns = [
    { title: 'Program' },
    { title: 'Sessions', align: 'right' },
    { title: 'Active', align: 'right' },
    { title: 'Waiting', align: 'right' },
    { title: 'Idle in tx', align: 'right' },
    { title: 'Mostly on' },
  ] as const;
  const rows = applications
    .slice(0, 8)
    .map((one) => [
      shorten(visible(one.application === '' ? '(no name)' : one.application), 20),
      one.sessions.toFixed(1),
      one.active.toFixed(1),
      one.waiting.toFixed(1),
      one.idleInTransaction.toFixed(1),
      shorten(one.mostlyOn ?? '', 16),
    ]);
  const more = applications.length - rows.length;
  return [table(columns, rows), ...(more > 0 ? [`… and ${count(more)} more (all of them: --json)`] : [])];
}

function statementLines({ statements, hidden }: Seen<DatabaseHealthData['statements']>): string[] {
  const columns = [
    { title: 'Time', align: 'right' },
    { title: 'Calls', align: 'right' },
    { title: 'Mean', align: 'right' },
    { title: 'Statement' },
  ] as const;
  const rows = statements.map((one) => [
    percent(one.share),
    perSecond(one.callsPerSecond),
    milliseconds(one.meanMs),
    shorten(oneLine(one.text), 44),
  ]);
  return [
    statements.length === 0 ? 'none ran' : table(columns, rows),
    ...(hidden === 0
      ? []
      : [`${count(hidden)} entries of other users are hidden: grant pg_monitor shows them`]),
  ];
}

/** What a write takes now beside what it took before: the trend says whether it is getting worse. */
function writeLines({ writes }: Seen<DatabaseHealthData['statements']>): string[] {
  if (writes.length === 0) return ['no write was seen among the slowest statements'];
  const columns = [
    { title: 'Now', align: 'right' },
    { title: 'Before', align: 'right' },
    { title: 'Calls', align: 'right' },
    { title: 'Statement' },
  ] as const;
  const rows = writes.map((one) => [
    milliseconds(one.meanMs),
    one.meanBeforeMs === null ? '' : milliseconds(one.meanBeforeMs),
    perSecond(one.callsPerSecond),
    shorten(oneLine(one.text), 42),
  ]);
  return [table(columns, rows)];
}

function oneLine(text: string | null): string {
  return visible((text ?? 'text not available').replace(/\s+/g, ' ').trim());
}

function lockLines({ waiting }: Seen<DatabaseHealthData['locks']>): string[] {
  if (waiting.length === 0) return ['none'];
  return waiting
    .slice(0, 8)
    .map(
      (one) =>
        `${count(one.sessions)} × ${one.mode} on ${lockedThing(one)}${one.longestSeconds === null ? '' : `, the longest for ${duration(one.longestSeconds)}`}`,
    );
}

/** A lock of kind `tuple` is one row's: its mode would frighten, were it taken for the table's. */
function lockedThing({
  relation,
  kind,
}: {
  readonly relation: string | null;
  readonly kind: string;
}): string {
  if (relation === null) return kind;
  const part = kind === 'relation' ? '' : kind === 'tuple' ? 'a row of ' : `${kind} of `;
  return `${part}${visible(relation)}`;
}

function milliseconds(value: number): string {
  return `${value >= 100 ? count(value) : value.toFixed(value < 1 ? 2 : 1)} ms`;
}
