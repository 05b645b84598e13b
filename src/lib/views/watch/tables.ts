import { visible } from '../../core/visible.ts';
import type { Culprit, Culprits } from '../../operations/watch/culprits.ts';
import type { QueueFigure } from '../../operations/watch/queue-figures.ts';
import { fitCells } from '../cell-width.ts';
import { count, duration, percent } from '../format.ts';
import type { WatchFrame } from './frame.ts';
import { mean, rate, unknown, waitName } from './headlines.ts';
import { type Line, type Look, plain } from './line.ts';
import { sortedCulprits, sortedQueues } from './screen.ts';

interface Cell {
  readonly text: string;
  readonly cells: number;
  readonly align?: 'left' | 'right';
}

/** Below this many columns only the essentials are shown. */
export const narrowColumns = 60;

/** Who writes the errors: a header and at most `most` rows. */
export function culpritTable(frame: WatchFrame, columns: number, most: number): Line[] {
  const { figures, screen } = frame;
  const { culprits } = figures;
  if (!culprits.ok) return [unknown('Culprits', culprits.reason)];
  const rows = sortedCulprits(figures, screen);
  const narrow = columns < narrowColumns;
  const line = (cells: readonly string[]) => culpritCells(cells, columns, narrow);
  const header = plain(
    line(['', 'id', writersTitle(culprits.value), 'share', '95 % interval', 'rate', 'client']),
    screen.panel === 'culprits' ? 'bold' : undefined,
  );
  if (rows.length === 0) return [header, plain('  nobody: no errors in the window')];
  const from = firstRow(
    rows.findIndex((row) => row.conversationId === screen.cursor),
    most,
  );
  return [header, ...rows.slice(from, from + most).map((row) => culpritLine(row, frame, line))];
}

/** An order that the intervals do not support is not called one. */
function writersTitle({ fresh, resolvedPlaces, conversations }: Culprits): string {
  if (!fresh) return 'NOT the newest errors';
  if (resolvedPlaces >= conversations.length - 1) return 'Writes the errors';
  return resolvedPlaces === 0 ? 'Writes errors, order open' : `Writes errors, ${resolvedPlaces} placed`;
}

function culpritLine(row: Culprit, { screen }: WatchFrame, line: (cells: readonly string[]) => string): Line {
  const here = screen.cursor === row.conversationId;
  const mark = `${here ? '>' : ' '}${screen.marked.includes(row.conversationId) ? 'x' : ' '}`;
  const text = line([
    mark,
    String(row.conversationId),
    visible(row.name),
    percent(row.share),
    `${(row.low * 100).toFixed(1)}-${(row.high * 100).toFixed(1)} %`,
    rate(row.ratePerSecond),
    visible(row.client ?? ''),
  ]);
  return plain(text, here ? 'cyan' : undefined);
}

function culpritCells(texts: readonly string[], columns: number, narrow: boolean): string {
  const [mark = '', id = '', name = '', share = '', interval = '', perSecond = '', client = ''] = texts;
  const fixed = narrow ? 2 + 1 + 6 + 1 + 1 + 6 + 1 + 8 : 2 + 1 + 6 + 1 + 1 + 6 + 2 + 13 + 1 + 8 + 2;
  const flexible = Math.max(6, columns - fixed);
  const clientCells = narrow ? 0 : Math.min(24, Math.floor(flexible * 0.35));
  return joined([
    { text: mark, cells: 2 },
    { text: id, cells: 6, align: 'right' },
    { text: name, cells: flexible - clientCells },
    { text: share, cells: 6, align: 'right' },
    ...(narrow ? [] : [{ text: interval, cells: 14, align: 'right' as const }]),
    { text: perSecond, cells: 8, align: 'right' },
    ...(narrow ? [] : [{ text: client, cells: clientCells }]),
  ]);
}

/** The queues: a header, a row a channel (at most `most`), and all together. */
export function queueTable(frame: WatchFrame, columns: number, most: number): Line[] {
  const { figures, screen } = frame;
  if (!figures.queues.ok) return [unknown('Queues', figures.queues.reason)];
  const rows = sortedQueues(figures, screen);
  const narrow = columns < narrowColumns;
  const line = (cells: readonly string[], look?: Look) => plain(queueCells(cells, narrow), look);
  const header = line(
    ['Queue', 'waiting', 'in work', 'in', 'delivered', 'failed', 'oldest', 'drains in'],
    screen.panel === 'queues' ? 'bold' : undefined,
  );
  const shown = rows.slice(0, most).map((row) => line(queueTexts(visible(row.channel), row)));
  if (rows.length < 2) return [header, ...shown];
  return [header, ...shown, line(queueTexts('all', total(rows)))];
}

function queueTexts(name: string, row: QueueFigure): string[] {
  return [
    name,
    count(row.waiting),
    count(row.inWork),
    rate(row.inPerSecond),
    rate(row.deliveredPerSecond),
    rate(row.failedPerSecond),
    row.oldestAgeSeconds === null ? '-' : duration(row.oldestAgeSeconds),
    row.secondsToDrain === null ? 'not now' : duration(row.secondsToDrain),
  ];
}

function queueCells(texts: readonly string[], narrow: boolean): string {
  const widths = narrow ? [9, 10, 0, 0, 9, 9, 0, 0] : [9, 10, 7, 8, 9, 8, 11, 11];
  return joined(
    texts.flatMap((text, place): Cell[] => {
      const cells = widths[place] ?? 0;
      return cells === 0 ? [] : [{ text, cells, align: place === 0 ? 'left' : 'right' }];
    }),
  );
}

/** All channels; a time that one of them does not know is not known. */
function total(rows: readonly QueueFigure[]): QueueFigure {
  const sum = (of: (row: QueueFigure) => number | null) =>
    rows.reduce<number | null>((so, row) => {
      const value = of(row);
      return so === null || value === null ? null : so + value;
    }, 0);
  const ages = rows.flatMap((row) => (row.oldestAgeSeconds === null ? [] : [row.oldestAgeSeconds]));
  const drains = rows.flatMap((row) => (row.secondsToDrain === null ? [] : [row.secondsToDrain]));
  return {
    channel: 'all',
    waiting: sum((row) => row.waiting) ?? 0,
    inWork: sum((row) => row.inWork) ?? 0,
    inPerSecond: sum((row) => row.inPerSecond),
    deliveredPerSecond: sum((row) => row.deliveredPerSecond),
    failedPerSecond: sum((row) => row.failedPerSecond),
    oldestAgeSeconds: ages.length === 0 ? null : Math.max(...ages),
    secondsToDrain: drains.length < rows.length ? null : Math.max(0, ...drains),
    quarantined: sum((row) => row.quarantined) ?? 0,
  };
}

/** What the sessions wait for, one line each, for a screen that has room. */
export function waitLines({ figures }: WatchFrame, most: number): Line[] {
  const { database } = figures;
  if (!database.ok || database.value.waits.length === 0 || most < 2) return [];
  const { waits, activeSessions, samples } = database.value;
  const longest = Math.max(...waits.map((wait) => wait.sessions));
  return [
    plain(`Active sessions wait for (mean of ${samples} samples)`),
    ...waits.slice(0, most - 1).map(({ waitType, waitEvent, sessions }) => {
      const bar = '█'.repeat(Math.max(1, Math.round((sessions / longest) * 20)));
      const share = activeSessions === 0 ? 0 : sessions / activeSessions;
      const name = fitCells(waitName(waitType, waitEvent), 28);
      return plain(`  ${name} ${mean(sessions).padStart(6)} ${percent(share).padStart(6)}  ${bar}`);
    }),
  ];
}

function joined(cells: readonly Cell[]): string {
  return cells.map(({ text, cells: width, align }) => fitCells(text, width, align)).join(' ');
}

/** Scrolls so that the cursor is in sight. */
function firstRow(cursor: number, most: number): number {
  return Math.max(0, cursor - most + 1);
}
