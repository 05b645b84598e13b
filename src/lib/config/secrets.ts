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
      try {
        return (await readFile(secret.file, 'utf8')).trimEnd();
      } catch (error) {
        throw new SpillwayError(
          'usage',
          `the secret file ${secret.file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`,
          { cause: error, suggestions: [typedCommand(['ls', '-l', secret.file])] },
        );
      }
    }
    const [program = '', ...argv] = secret.command;
    try {
      const { stdout } = await promisify(execFile)(program, argv, { timeout: 10_000, maxBuffer: 64 * 1024 });
      return stdout.trimEnd();
    } catch (error) {
      // The cause is left out: it carries the command's output.
      const { code } = error as { code?: number | string };
      throw new SpillwayError(
        'usage',
        `the command ${program} that gives a secret failed (${code ?? 'time-out'}).`,
        { suggestions: [`${typedCommand(secret.command)}   # does it print the secret?`] },
      );
    }
  };
}
