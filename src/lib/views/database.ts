import { visible } from '../core/visible.ts';
import { type BlockingNodeView, blockingLines } from './database-blocking.ts';
import { count, duration, percent, perSecond, wrap } from './format.ts';
import { shorten } from './shorten.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

const width = 80;

interface Unavailable {
  readonly unavailable: string;
  readonly suggestion: string | null;
}
type Viewed<T> = T | Unavailable;

interface TableRateView {
  readonly table: string;
  readonly insertsPerSecond: number;
  readonly updatesPerSecond: number;
}

interface WriteLatencyView {
  readonly table: string;
  readonly callsPerSecond: number;
  readonly meanMs: number;
}

/** What `renderDatabaseHealth` shows; shares 0–1, sessions averaged over the samples. */
export interface DatabaseHealth {
  readonly finding: string;
  readonly windowSeconds: number;
  readonly errorLog: Viewed<{ readonly errorLog: TableRateView; readonly errorTotals: TableRateView }>;
  readonly sessions: Viewed<{
    readonly samples: number;
    readonly hidden: number;
    readonly groups: readonly {
      readonly state: string;
      readonly waitType: string | null;
      readonly waitEvent: string | null;
      readonly sessions: number;
      readonly onErrorLog: number;
    }[];
  }>;
  readonly blocking: Viewed<{ readonly roots: readonly BlockingNodeView[]; readonly waiting: number }>;
  readonly statements: Viewed<{
    readonly statements: readonly {
      readonly callsPerSecond: number;
      readonly meanMs: number;
      readonly share: number;
      readonly text: string | null;
    }[];
    readonly errorLogWrites: WriteLatencyView | null;
    readonly errorTotalsWrites: WriteLatencyView | null;
    readonly errorLogCost: { readonly share: number; readonly msPerError: number | null };
  }>;
  readonly locks: Viewed<{
    readonly waiting: readonly {
      readonly relation: string | null;
      readonly kind: string;
      readonly mode: string;
      readonly sessions: number;
      readonly longestSeconds: number | null;
    }[];
  }>;
  readonly connections: Viewed<{ readonly used: number; readonly most: number; readonly reserved: number }>;
}

/** The finding, then each view under its title; a view that is unavailable says why. */
export function renderDatabaseHealth(data: DatabaseHealth, style: Style): string {
  const section = <T extends object>(
    title: string,
    view: Viewed<T>,
    show: (seen: T) => readonly string[],
  ) => {
    const lines =
      'unavailable' in view
        ? [
            style.yellow(wrap(`not available: ${visible(view.unavailable)}`, width - 2)),
            ...(view.suggestion === null ? [] : [`try: ${visible(view.suggestion)}`]),
          ]
        : show(view);
    return [
      '',
      style.bold(title),
      ...lines.flatMap((line) => line.split('\n')).map((line) => `  ${line}`.trimEnd()),
    ];
  };
  return [
    style.bold(wrap(visible(data.finding), width)),
    ...section('Error log', data.errorLog, (rates) => errorLogLines(rates, data.statements)),
    ...section('Sessions', data.sessions, sessionLines),
    ...section('Who blocks whom', data.blocking, (tree) => blockingLines(tree, width - 2)),
    ...section(`Slowest statements (over ${duration(data.windowSeconds)})`, data.statements, statementLines),
    ...section('Locks waited for', data.locks, lockLines),
    ...section('Connections', data.connections, ({ used, most, reserved }) => [
      `${count(used)} of ${count(most)} in use (${count(reserved)} reserved)`,
    ]),
    '',
    'Next: spillway errors top',
  ].join('\n');
}

type Seen<T> = Exclude<T, Unavailable>;

function errorLogLines(
  rates: Seen<DatabaseHealth['errorLog']>,
  statements: DatabaseHealth['statements'],
): string[] {
  const latency = (writes: WriteLatencyView | null) => (writes === null ? '' : milliseconds(writes.meanMs));
  const [log, totals] =
    'unavailable' in statements
      ? ['', '']
      : [latency(statements.errorLogWrites), latency(statements.errorTotalsWrites)];
  const rows = [
    [
      visible(rates.errorLog.table),
      perSecond(rates.errorLog.insertsPerSecond),
      perSecond(rates.errorLog.updatesPerSecond),
      log,
    ],
    [
      visible(rates.errorTotals.table),
      perSecond(rates.errorTotals.insertsPerSecond),
      perSecond(rates.errorTotals.updatesPerSecond),
      totals,
    ],
  ];
  const columns = [
    { title: 'Table' },
    { title: 'Inserts', align: 'right' },
    { title: 'Updates', align: 'right' },
    { title: 'Mean time', align: 'right' },
  ] as const;
  if ('unavailable' in statements) return [table(columns, rows)];
  const { share, msPerError } = statements.errorLogCost;
  const each = msPerError === null ? '' : `, ${milliseconds(msPerError)} an error`;
  return [
    table(columns, rows),
    `Statements on these tables: ${percent(share)} of all statement time${each}.`,
  ];
}

function sessionLines({ groups, hidden, samples }: Seen<DatabaseHealth['sessions']>): string[] {
  const lines = groups.length === 0 ? ['none'] : [sessionTable(groups.slice(0, 10))];
  if (groups.length > 10) lines.push(`… and ${count(groups.length - 10)} more kinds (all of them: --json)`);
  if (hidden > 0)
    lines.push(`${hidden.toFixed(0)} sessions hidden from this role: grant pg_monitor shows them`);
  lines.push(`Mean of ${count(samples)} samples.`);
  return lines;
}

function sessionTable(groups: Seen<DatabaseHealth['sessions']>['groups']): string {
  return table(
    [
      { title: 'Sessions', align: 'right' },
      { title: 'State' },
      { title: 'Waits on' },
      { title: 'Writes errors', align: 'right' },
    ],
    groups.map((group) => [
      group.sessions.toFixed(1),
      visible(group.state),
      group.waitType === null ? 'nothing (on a CPU)' : `${group.waitType} ${group.waitEvent ?? ''}`.trim(),
      group.onErrorLog.toFixed(1),
    ]),
  );
}

function statementLines({ statements }: Seen<DatabaseHealth['statements']>): string[] {
  if (statements.length === 0) return ['none ran'];
  const rows = statements.map((one) => [
    percent(one.share),
    perSecond(one.callsPerSecond),
    milliseconds(one.meanMs),
    shorten(visible((one.text ?? 'text not available').replace(/\s+/g, ' ').trim()), 44),
  ]);
  const columns = [
    { title: 'Time', align: 'right' },
    { title: 'Calls', align: 'right' },
    { title: 'Mean', align: 'right' },
    { title: 'Statement' },
  ] as const;
  return [table(columns, rows)];
}

function lockLines({ waiting }: Seen<DatabaseHealth['locks']>): string[] {
  if (waiting.length === 0) return ['none'];
  return waiting
    .slice(0, 8)
    .map(
      (one) =>
        `${count(one.sessions)} × ${one.mode} on ${one.relation === null ? one.kind : visible(one.relation)}${one.longestSeconds === null ? '' : `, the longest for ${duration(one.longestSeconds)}`}`,
    );
}

function milliseconds(value: number): string {
  return `${value >= 100 ? count(value) : value.toFixed(value < 1 ? 2 : 1)} ms`;
}
