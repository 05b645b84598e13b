import { messageOf, SpillwayError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';

/** The members of oclif's parser errors that are looked at: flags that do not exist, and what the command has. */
interface ParserError extends Error {
  readonly flags?: readonly string[];
  readonly parse?: {
    readonly input?: { readonly flags?: Readonly<Record<string, { readonly hidden?: boolean }>> };
  };
}

/** What oclif throws for a wrong flag or argument, as a usage error; null for anything else. */
export function usageErrorOf(error: unknown): SpillwayError | null {
  if (!(error instanceof Error && 'oclif' in error)) return null;
  const { flags = [], parse } = error as ParserError;
  const known = Object.entries(parse?.input?.flags ?? {})
    .filter(([, flag]) => flag.hidden !== true)
    .map(([name]) => `--${name}`)
    .sort();
  const [unknown] = flags;
  if (error.constructor.name === 'NonExistentFlagsError' && unknown !== undefined) {
    const near = nearest(unknown, known);
    return new SpillwayError(
      'usage',
      `there is no flag ${flags.join(', ')}; there is: ${known.join(', ')}.`,
      {
        suggestions: near.length > 0 ? near : ['add --help to the command for its flags and examples'],
      },
    );
  }
  const message = messageOf(error)
    .replace(/\nSee more help with --help$/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/\s*\n\s*/g, ' ');
  return new SpillwayError('usage', message, {
    suggestions: ['add --help to the command for its flags and examples'],
  });
}
