import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Session } from '../../../src/lib/cli/session.ts';
import { AlternateScreen } from '../../../src/lib/cli/watch/alternate-screen.ts';
import { watchLive } from '../../../src/lib/cli/watch/live.ts';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import { plainStyle } from '../../../src/lib/views/style.ts';
import { steppedClock } from '../../operations/context.ts';

/** A terminal of 80 by 24 that keeps what was written and how its keys were set. */
function fakeTerminal() {
  const written: string[] = [];
  const raw: boolean[] = [];
  const output = Object.assign(new PassThrough(), { columns: 80, rows: 24, isTTY: true });
  output.on('data', (chunk: Buffer) => written.push(chunk.toString('utf8')));
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => raw.push(on) });
  const streams = {
    output: output as unknown as NodeJS.WriteStream,
    input: input as unknown as NodeJS.ReadStream,
  };
  return { ...streams, raw, written: () => written.join(''), type: (text: string) => input.write(text) };
}

/** A target whose parts all fail in the same way. */
function failingSession(error: Error): Session {
  const fail = async () => {
    throw error;
  };
  const env = {
    ...{ read: { expected: { deliveriesPerSecond: null } }, clock: steppedClock() },
    ...{ signal: new AbortController().signal, journal: { read: async () => [] } },
  };
  return { target: 'lab', env, operationOf: fail } as unknown as Session;
}

function watch(terminal: ReturnType<typeof fakeTerminal>, session: Session) {
  const { output, input } = terminal;
  return watchLive(session, {
    ...{ output, input, terminal: new AlternateScreen(output, input), style: plainStyle },
    ...{ intervalMs: 60_000, windowSeconds: 10, ticks: null },
  });
}

test('a bug ends the screen with its error, after the terminal was given back', async () => {
  const terminal = fakeTerminal();
  const before = process.listenerCount('exit');
  await expect(watch(terminal, failingSession(new TypeError('a bug')))).rejects.toThrow('a bug');
  expect(terminal.written().endsWith('\u001b[?7h\u001b[?25h\u001b[?1049l')).toBe(true);
  expect(terminal.raw).toEqual([true, false]);
  expect(process.listenerCount('exit')).toBe(before);
});

test('a target of which nothing answers is still drawn, and q ends it', async () => {
  const terminal = fakeTerminal();
  const watching = watch(terminal, failingSession(new SpillwayError('unreachable', 'nobody there')));
  terminal.type('q');
  expect(await watching).toEqual({ how: 'quit', command: null });
  expect(terminal.written()).toContain('Incident');
  expect(terminal.raw).toEqual([true, false]);
});
