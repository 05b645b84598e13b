import { makeStyle, type Style } from '../views/style.ts';

/** Where a command writes, and what the terminal can do. Data goes to `out`, everything else to `err`. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
  readonly outStyle: Style;
  readonly errStyle: Style;
  /** Somebody sits at a terminal: both standard input and standard error are one. */
  readonly interactive: boolean;
  readonly columns: number;
  /** Calls `clear` before anything else is written: a spinner must be gone by then. */
  beforeWriting(clear: () => void): void;
}

/** The process's own streams. Colour per stream: off for NO_COLOR, TERM=dumb and pipes, on for FORCE_COLOR. */
export function processStreams(): Streams {
  const { env } = process;
  const wantsColour = (stream: NodeJS.WriteStream) => {
    if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
    if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0') return true;
    return stream.isTTY === true && env['TERM'] !== 'dumb';
  };
  let clear = () => {};
  const write = (stream: NodeJS.WriteStream, text: string) => {
    clear();
    stream.write(`${text}\n`);
  };
  return {
    out: (text) => write(process.stdout, text),
    err: (text) => write(process.stderr, text),
    outStyle: makeStyle(wantsColour(process.stdout)),
    errStyle: makeStyle(wantsColour(process.stderr)),
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    columns: process.stdout.columns ?? 80,
    beforeWriting(next) {
      clear = next;
    },
  };
}
