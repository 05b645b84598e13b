import { cellWidth } from '../cell-width.ts';
import type { Size } from './frame.ts';
import { type Line, plain } from './line.ts';
import type { Overlay } from './screen.ts';

const help: readonly string[] = [
  'q          quit (Ctrl-C too)',
  'p, space   pause: the picture stands still, sampling goes on',
  'w, W       a longer, a shorter window for rates and shares',
  'Tab        the other table (its header is bold)',
  's, r       sort that table by the next column, reverse it',
  'up, down   move the cursor over the conversations',
  'x, Enter   mark a conversation for a fix; without marks a fix takes',
  '           everyone with a noticeable share',
  'f          what would help: opens the plan, never applies it',
  'Esc        back',
];

/** What lies over the figures, in at most `rows` lines. */
export function overlayLines(overlay: Overlay, size: Size): Line[] {
  switch (overlay.kind) {
    case 'help':
      return fitted([plain('Keys', 'bold'), ...help.map((text) => plain(text))], [], size);
    case 'fixes':
      return fitted(
        [
          plain('What would help. Enter shows the plan; nothing is applied.', 'bold'),
          ...overlay.fixes.map(({ title }, place) =>
            plain(
              `${place === overlay.cursor ? '>' : ' '} ${place + 1}  ${title}`,
              place === overlay.cursor ? 'cyan' : undefined,
            ),
          ),
        ],
        [plain('Enter or its number: plan   Esc: back')],
        size,
      );
    case 'planning':
      return fitted(
        [plain(overlay.fix.title, 'bold'), plain(`Planning … ${overlay.progress ?? ''}`)],
        [plain('Esc: back')],
        size,
      );
    case 'plan':
      return planLines(overlay, size);
  }
}

function planLines(overlay: Extract<Overlay, { kind: 'plan' }>, size: Size): Line[] {
  const foot = overlay.failed
    ? [plain('Esc: back')]
    : [
        plain('Nothing is applied here. To apply it, type:', 'bold'),
        ...folded(overlay.fix.command, size.columns - 2).map((text) => plain(`  ${text}`)),
        plain('up, down: scroll   Esc: back'),
      ];
  const text = overlay.text.flatMap((line) => folded(line, size.columns));
  const room = Math.max(1, size.rows - foot.length);
  const offset = Math.min(overlay.offset, Math.max(0, text.length - room));
  return fitted(
    text.slice(offset).map((line) => plain(line, overlay.failed ? 'red' : undefined)),
    foot,
    size,
  );
}

/** The body cut to what the foot leaves, the foot at the bottom. */
function fitted(body: readonly Line[], foot: readonly Line[], { rows }: Size): Line[] {
  const kept = foot.slice(-rows);
  const room = rows - kept.length;
  const shown = body.slice(0, room);
  const blank = Array.from({ length: room - shown.length }, () => plain(''));
  return [...shown, ...blank, ...kept];
}

/** A text broken so that no line is wider than `cells`: at blanks where there are any, else anywhere. */
function folded(text: string, cells: number): string[] {
  const width = Math.max(10, cells);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<=[ ,])/)) {
    if (cellWidth((line + word).trimEnd()) > width && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = '';
    }
    line += word;
    while (cellWidth(line.trimEnd()) > width) {
      const part = beginning(line, width);
      lines.push(part);
      line = line.slice(part.length);
    }
  }
  return [...lines, line.trimEnd()];
}

/** As many characters as fit, at least one. */
function beginning(text: string, cells: number): string {
  let kept = '';
  for (const character of text) {
    if (kept !== '' && cellWidth(kept + character) > cells) break;
    kept += character;
  }
  return kept;
}
