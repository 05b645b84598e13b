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
}

/** The process's own streams. Colour per stream: off for NO_COLOR, TERM=dumb and pipes, on for FORCE_COLOR. */
export function processStreams(): Streams {
  const { env } = process;
  const wantsColour = (stream: NodeJS.WriteStream) => {
    if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
    if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0') return true;
    return stream.isTTY === true && env['TERM'] !== 'dumb';
  };
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    outStyle: makeStyle(wantsColour(process.stdout)),
    errStyle: makeStyle(wantsColour(process.stderr)),
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    columns: process.stdout.columns ?? 80,
  };
}
