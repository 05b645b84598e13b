import { fileURLToPath } from 'node:url';
import { Config, type Interfaces, run } from '@oclif/core';
import { SpillwayError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { reportError } from './report-error.ts';
import { processStreams } from './streams.ts';

/** Runs one command line and sets the exit code. `from` is the URL of the file that starts the program; oclif finds package.json above it. */
export async function main(
  argv: readonly string[],
  from: string,
  options: Partial<Interfaces.LoadOptions & object> = {},
): Promise<void> {
  const streams = processStreams();
  quietBrokenPipe(process.stdout);
  quietBrokenPipe(process.stderr);
  try {
    const config = await Config.load({ root: fileURLToPath(from), ...options });
    refuseUnknownCommand(config, argv);
    await run([...argv], config);
  } catch (error) {
    if (isHelpExit(error)) return;
    process.exitCode = reportError(error, streams, argv.includes('--json'));
  }
}

/** oclif says "command not found" and no more: this names what exists and what was probably meant. */
function refuseUnknownCommand(config: Config, argv: readonly string[]): void {
  const words: string[] = [];
  for (const word of argv) {
    if (word.startsWith('-')) break;
    words.push(word);
  }
  const [first] = words;
  if (first === undefined || first === 'help') return;
  const ids = config.commandIDs.map((id) => id.replaceAll(':', ' '));
  const topics = new Set(config.topics.map((topic) => topic.name.replaceAll(':', ' ')));
  for (let length = words.length; length > 0; length -= 1) {
    const candidate = words.slice(0, length).join(' ');
    if (ids.includes(candidate)) return;
    if (topics.has(candidate) && length === words.length) return;
  }
  const typed = words.slice(0, 2).join(' ');
  const within = topics.has(first) ? ids.filter((id) => id.startsWith(`${first} `)) : ids;
  const close = [
    ...new Set([
      ...nearest(typed, within),
      ...nearest(first, topics.has(first) ? [] : [...ids.filter((id) => !id.includes(' ')), ...topics]),
    ]),
  ].slice(0, 3);
  const exists = topics.has(first) ? within : [...new Set(ids.map((id) => id.split(' ')[0] ?? id))];
  throw new SpillwayError('usage', `there is no command "${typed}"; there is: ${exists.join(', ')}.`, {
    suggestions: close.length > 0 ? close.map((id) => `spillway ${id}`) : ['spillway --help'],
  });
}

/** A reader that went away (`| head`) is no error. */
function quietBrokenPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** oclif ends `--help` and `--version` by throwing an exit with code 0. */
function isHelpExit(error: unknown): boolean {
  return error instanceof Error && (error as { oclif?: { exit?: number } }).oclif?.exit === 0;
}
