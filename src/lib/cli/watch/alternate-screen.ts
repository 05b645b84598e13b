import { stripVTControlCharacters } from 'node:util';
import { cellWidth } from '../../views/cell-width.ts';
import type { Size } from '../../views/watch/frame.ts';

const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const leave = '\x1b[?2026l\x1b[?7h\x1b[?25h\x1b[?1049l';

/**
 * The terminal's alternate buffer, drawn whole each time within a synchronized update (mode 2026; terminals without it ignore that), without line wrapping.
 * `leave` gives the terminal back as it was and may be called at any time, also twice; it also runs when the process ends by an exit or an error.
 */
export class AlternateScreen {
  readonly #output: NodeJS.WriteStream;
  readonly #input: NodeJS.ReadStream;
  #entered = false;
  readonly #restore = () => this.leave();

  constructor(output: NodeJS.WriteStream, input: NodeJS.ReadStream) {
    this.#output = output;
    this.#input = input;
  }

  /** Whether keys can be read. */
  get hasKeys(): boolean {
    return this.#input.isTTY === true;
  }

  /** Now, as the terminal says it; 80 by 24 where it does not. */
  get size(): Size {
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 };
  }

  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    process.on('exit', this.#restore);
    process.on('uncaughtExceptionMonitor', this.#restore);
    if (this.hasKeys) {
      this.#input.setRawMode(true);
      this.#input.resume();
    }
    this.#output.write(enter);
  }

  draw(lines: readonly string[]): void {
    if (!this.#entered) return;
    const { columns } = this.size;
    const rows = lines.map((line, place) => {
      // Erasing after a line that fills the row would take its last character in some terminals.
      const erase = cellWidth(stripVTControlCharacters(line)) < columns ? '\x1b[K' : '';
      return `\x1b[${place + 1};1H${line}${erase}`;
    });
    this.#output.write(`\x1b[?2026h${rows.join('')}\x1b[?2026l`);
  }

  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    process.off('exit', this.#restore);
    process.off('uncaughtExceptionMonitor', this.#restore);
    this.#output.write(leave);
    if (this.hasKeys) {
      this.#input.setRawMode(false);
      this.#input.pause();
    }
  }
}
