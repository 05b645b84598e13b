import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SpillwayError } from '../core/errors.ts';

/** Runs this CLI as another process: `--json` must be among the arguments. Its messages go to this process's standard error. */
export async function runOwnCli(
  args: readonly string[],
): Promise<{ exitCode: number; document: Readonly<Record<string, unknown>> }> {
  const [script] = process.argv.slice(1);
  if (script === undefined)
    throw new SpillwayError('failed', 'this process has no script of its own to start again');
  const child = spawn(process.execPath, [...process.execArgv, script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return {
    exitCode: typeof code === 'number' ? code : 1,
    document: output.trim() === '' ? {} : (JSON.parse(output) as Record<string, unknown>),
  };
}
