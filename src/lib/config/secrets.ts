import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { SpillwayError } from '../core/errors.ts';
import { typedCommand } from '../core/typed-command.ts';
import type { Secret } from './schema.ts';

/** Looks up a secret when it is needed, never earlier. Throws SpillwayError `usage` that names the source and not the value. */
export function secretSource(
  secret: Secret,
  environment: Readonly<Record<string, string | undefined>>,
): () => Promise<string> {
  return async () => {
    if ('env' in secret) {
      const value = environment[secret.env];
      if (value === undefined || value === '')
        throw new SpillwayError(
          'usage',
          `the environment variable ${secret.env} is not set; the configuration takes a secret from it.`,
          { suggestions: [`export ${secret.env}=…   # then again`] },
        );
      return value;
    }
    if ('file' in secret) {
      let text: string;
      try {
        text = await readFile(secret.file, 'utf8');
      } catch (error) {
        throw new SpillwayError(
          'usage',
          `the secret file ${secret.file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`,
          { cause: error, suggestions: [typedCommand(['ls', '-l', secret.file])] },
        );
      }
      return nonEmpty(text, `the secret file ${secret.file}`);
    }
    const [program = '', ...argv] = secret.command;
    let output: string;
    try {
      output = (await promisify(execFile)(program, argv, { timeout: 10_000, maxBuffer: 64 * 1024 })).stdout;
    } catch (error) {
      // The cause is left out: it carries the command's output.
      const { code } = error as { code?: number | string };
      throw new SpillwayError(
        'usage',
        `the command ${program} that gives a secret failed (${code ?? 'time-out'}).`,
        // The arguments are left out, too: they may hold what nobody should see.
        {
          suggestions: [
            `${typedCommand([program])} …   # as spillway.yaml has it: does it print the secret?`,
          ],
        },
      );
    }
    return nonEmpty(output, `the output of the command ${program} that gives a secret`);
  };
}

/** An empty password would be sent as one, and refused with a reason that misleads. */
function nonEmpty(text: string, what: string): string {
  const value = text.trimEnd();
  if (value === '') throw new SpillwayError('usage', `${what} is empty.`);
  return value;
}
