import { cellWidth, cutToCells } from '../cell-width.ts';
import type { Style } from '../style.ts';

export type Look = keyof Style;

/** A run of text that looks the same. */
export interface Segment {
  readonly text: string;
  readonly look?: Look | undefined;
}

/** One line of the screen, before it is cut and coloured. */
export type Line = readonly Segment[];

/** A line of plain text. */
export function plain(text: string, look?: Look): Line {
  return [{ text, look }];
}

/** The line as it is written: never wider than `columns`, whatever colour adds to its length. */
export function paint(line: Line, columns: number, style: Style): string {
  let left = columns;
  let painted = '';
  for (const [place, { text, look }] of line.entries()) {
    const rest = line.slice(place + 1).some((segment) => segment.text !== '');
    const width = cellWidth(text);
    const cut = width > left || (width === left && rest) ? cutToCells(`${text} `, left) : text;
    painted += look === undefined || cut === '' ? cut : style[look](cut);
    left -= cellWidth(cut);
    if (left <= 0) break;
  }
  return painted.trimEnd();
}
