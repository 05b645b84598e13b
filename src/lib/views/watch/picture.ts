import type { Style } from '../style.ts';
import type { Size, WatchFrame } from './frame.ts';
import { headlines } from './headlines.ts';
import { type Line, paint, plain } from './line.ts';
import { overlayLines } from './overlays.ts';
import { culpritTable, narrowColumns, queueTable, waitLines } from './tables.ts';

/** Rows of culprits that come before anything is made roomier: the incident had 8. */
const wantedCulprits = 8;

/** One picture: exactly `rows` lines, none wider than `columns`. A pure function: the same frame and size give the same lines. */
export function renderWatch(frame: WatchFrame, size: Size, style: Style): string[] {
  const lines = frame.screen.overlay === null ? figureLines(frame, size) : overlaid(frame, size);
  const picture = lines.slice(0, size.rows).map((line) => paint(line, size.columns, style));
  return [...picture, ...Array.from({ length: Math.max(0, size.rows - picture.length) }, () => '')];
}

function overlaid(frame: WatchFrame, { columns, rows }: Size): Line[] {
  const { overlay } = frame.screen;
  const [title] = headlines(frame, columns);
  if (overlay === null || title === undefined) return [];
  return [title, ...overlayLines(overlay, { columns, rows: rows - 1 })];
}

/** Headlines first, then the culprits, then the queues; blank lines and waits only where there is room for them. */
function figureLines(frame: WatchFrame, { columns, rows }: Size): Line[] {
  const top = headlines(frame, columns);
  const foot = keyLine(frame, columns);
  const room = rows - top.length - 1;
  const queues = queueTable(frame, columns, Number.POSITIVE_INFINITY);
  // A header and three culprits come before the queues; the queues before the ninth culprit.
  const least = Math.min(4, room);
  const forQueues = Math.max(0, Math.min(queues.length, room - least));
  const culprits = culpritTable(frame, columns, Math.max(0, Math.min(wantedCulprits, room - forQueues - 1)));
  let left = room - forQueues - culprits.length;
  const gaps = left >= 1 ? (left >= 2 ? 2 : 1) : 0;
  left -= gaps;
  const waits = left >= 4 ? waitLines(frame, Math.min(7, left - 1)) : [];
  if (waits.length > 0) left -= waits.length + 1;
  const more = left > 0 ? culpritTable(frame, columns, Math.max(0, culprits.length - 1) + left) : culprits;
  const blank = plain('');
  const body = [
    ...(gaps >= 1 ? [blank] : []),
    ...more,
    ...(gaps >= 2 ? [blank] : []),
    ...(forQueues === 0 ? [] : shortened(queues, forQueues)),
    ...(waits.length > 0 ? [blank, ...waits] : []),
  ];
  const filler = Array.from({ length: Math.max(0, room - body.length) }, () => blank);
  return [...top, ...body.slice(0, Math.max(0, room)), ...filler, foot];
}

/** The first lines and the sum at the end, which says most. */
function shortened(table: readonly Line[], most: number): Line[] {
  if (table.length <= most) return [...table];
  const last = table.at(-1);
  if (most < 2 || last === undefined) return table.slice(0, most);
  return [...table.slice(0, most - 1), last];
}

function keyLine({ screen }: WatchFrame, columns: number): Line {
  const sort = screen.panel === 'culprits' ? screen.culpritSort : screen.queueSort;
  const order = screen.reversed[screen.panel] ? `${sort}, reversed` : sort;
  const pause = screen.paused ? 'p go on' : 'p pause';
  if (columns < narrowColumns) return plain(`q quit  ${pause}  f fix  ? help`, 'dim');
  return plain(`q quit  ${pause}  w window  f fix  x mark  ? help  Tab table  s sort (${order})`, 'dim');
}
