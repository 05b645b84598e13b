import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { SpillwayError } from '../../src/lib/core/errors.ts';

/**
 * The pgbouncer of this machine: on PATH, or where Debian and Homebrew put it.
 * @throws SpillwayError `failed`: not installed; its suggestion is the command to type, its details name the server
 */
export async function findPgbouncer(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const usual = ['/usr/sbin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
  for (const folder of [...(environment['PATH'] ?? '').split(delimiter), ...usual]) {
    if (folder === '') continue;
    const path = join(folder, 'pgbouncer');
    try {
      await access(path, constants.X_OK);
      return path;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EACCES') throw error;
    }
  }
  throw new SpillwayError(
    'failed',
    'pgbouncer is not installed (searched PATH and the usual folders); the tests need it.',
    {
      suggestions: [platform() === 'darwin' ? 'brew install pgbouncer' : 'apt-get install -y pgbouncer'],
      details: { server: 'pgbouncer' },
    },
  );
}
