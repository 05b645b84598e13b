const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const printable = /^[\x20-\x7e]*$/;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const nothing = /^[\p{Mn}\p{Me}\p{Cf}]*$/u;

/** Cells of a terminal that a text takes: East Asian wide characters and emoji take two, combining marks none. The text holds no control characters. */
export function cellWidth(text: string): number {
  if (printable.test(text)) return text.length;
  let cells = 0;
  for (const { segment } of segmenter.segment(text)) cells += graphemeWidth(segment);
  return cells;
}

/** At most `cells` wide; the last cell is an ellipsis when something was left out. */
export function cutToCells(text: string, cells: number): string {
  if (cellWidth(text) <= cells) return text;
  if (cells <= 0) return '';
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const width = graphemeWidth(segment);
    if (used + width > cells - 1) break;
    kept += segment;
    used += width;
  }
  return `${kept}…`;
}

/** Exactly `cells` wide: cut or filled with blanks, at the right side for text and at the left for numbers. */
export function fitCells(text: string, cells: number, align: 'left' | 'right' = 'left'): string {
  const cut = cutToCells(text, cells);
  const blanks = ' '.repeat(Math.max(0, cells - cellWidth(cut)));
  return align === 'left' ? cut + blanks : blanks + cut;
}

function graphemeWidth(grapheme: string): number {
  if (nothing.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}
