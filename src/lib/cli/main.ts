import { fileURLToPath } from 'node:url';
import { Config, type Interfaces, run } from '@oclif/core';
import { refuseUnknownCommand } from './command-line.ts';
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
    const line = argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
    refuseUnknownCommand(config, line);
    await run(line, config);
  } catch (error) {
    if (isHelpExit(error)) return;
    process.exitCode = reportError(error, streams, argv.includes('--json'));
  }
}

/** A reader that went away (`| head`), or a terminal that was closed, is no error. */
function quietBrokenPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

/** oclif ends `--help` and `--version` by throwing an exit with code 0. */
function isHelpExit(error: unknown): boolean {
  return error instanceof Error && (error as { oclif?: { exit?: number } }).oclif?.exit === 0;
}
