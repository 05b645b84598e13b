import { setTimeout as delay } from 'node:timers/promises';
import { spawn } from '@lydell/node-pty';
// a CommonJS package whose names Node does not see: the default import is the module
import headless from '@xterm/headless';
import { cliEnvironment, program } from './spawn-cli.ts';

/** What keys send. */
export const keys = {
  enter: '\r',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  space: ' ',
  escape: '\x1b',
  backspace: '\x7f',
  tab: '\t',
  interrupt: '\x03',
} as const;

/** A command that runs in a real terminal. */
export interface Terminal {
  readonly pid: number;
  /** What the screen shows now, one string a row, without blanks at the ends of rows and without empty rows at the bottom. */
  screen(): string;
  /** Everything the terminal has held since the start that a person can scroll back to. */
  history(): string;
  /** The bytes that came, escape sequences included. */
  transcript(): string;
  /** Sends keys as if typed. */
  type(text: string): void;
  /**
   * Waits until the screen (with what scrolled off it) matches, and gives what `history()` says. Text that came before `after` does not count: pass the length of an earlier
   * `history()` to wait for something new.
   * @throws Error with the screen in it, when the command ends without it or `withinMs` (30,000) is over.
   */
  waitFor(
    pattern: string | RegExp,
    options?: { readonly withinMs?: number; readonly after?: number },
  ): Promise<string>;
  resize(columns: number, rows: number): void;
  /** The exit code, when the command has ended. */
  readonly exitCode: Promise<number>;
  /** Ends the command, if it still runs, and frees the terminal. */
  close(): Promise<void>;
}

/** Runs the built CLI in a terminal of its own. Call `close()` in `onTestFinished`. */
export function openTerminal(
  args: readonly string[],
  options: {
    readonly stateDir: string;
    readonly columns?: number;
    readonly rows?: number;
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly cwd?: string;
  },
): Terminal {
  const { stateDir, columns = 100, rows = 40, cwd = stateDir } = options;
  const pty = spawn(process.execPath, [program, ...args], {
    name: 'xterm-256color',
    cols: columns,
    rows,
    cwd,
    env: cliEnvironment(stateDir, { NO_COLOR: undefined, TERM: 'xterm-256color', ...options.env }),
  });
  const model = new headless.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
  let transcript = '';
  let ended = false;
  pty.onData((data) => {
    transcript += data;
    model.write(data);
  });
  // programs ask the terminal where the cursor is: the model answers
  model.onData((answer) => pty.write(answer));
  const exitCode = new Promise<number>((resolve) => {
    pty.onExit((end) => {
      ended = true;
      resolve(end.exitCode);
    });
  });

  const history = () => rowsOf(model, 0, model.buffer.active.length);
  const screen = () => {
    const top = model.buffer.active.baseY;
    return rowsOf(model, top, top + model.rows);
  };
  /** Resolves when the model has taken in all that came so far: it parses in the background. */
  const settled = () => new Promise<void>((resolve) => model.write('', resolve));

  return {
    pid: pty.pid,
    screen,
    history,
    transcript: () => transcript,
    type: (text) => pty.write(text),
    waitFor: async (pattern, { withinMs = 30_000, after = 0 } = {}) => {
      const giveUpAt = Date.now() + withinMs;
      for (;;) {
        // asked before looking: output that came just before the end still counts
        const last = ended || Date.now() > giveUpAt;
        await settled();
        const seen = history();
        const fresh = seen.slice(after);
        if (typeof pattern === 'string' ? fresh.includes(pattern) : pattern.test(fresh)) return seen;
        if (last)
          throw new Error(
            `The terminal never showed ${String(pattern)}${ended ? ' (the command has ended)' : ''}. It shows:\n${seen}`,
          );
        await delay(20);
      }
    },
    resize: (nextColumns, nextRows) => {
      pty.resize(nextColumns, nextRows);
      model.resize(nextColumns, nextRows);
    },
    exitCode,
    close: async () => {
      if (!ended) {
        pty.kill('SIGKILL');
        await exitCode;
      }
      model.dispose();
    },
  };
}

function rowsOf(model: headless.Terminal, from: number, to: number): string {
  const rows: string[] = [];
  for (let row = from; row < to; row += 1)
    rows.push(model.buffer.active.getLine(row)?.translateToString(true) ?? '');
  return rows.join('\n').trimEnd();
}
