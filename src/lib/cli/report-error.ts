import { messageOf, SpillwayError } from '../core/errors.ts';
import { visible } from '../core/visible.ts';
import { redactor } from './redactor.ts';
import type { Streams } from './streams.ts';
import { usageErrorOf } from './usage-error.ts';

/** Writes the error where and how it belongs, and returns the exit code: the same with and without `--json`. */
export function reportError(error: unknown, streams: Streams, json: boolean): number {
  const known = asSpillwayError(error);
  if (json) {
    const { code, suggestions, exitCode, details } = known;
    streams.out(
      redactor.scrub(
        JSON.stringify({
          schema: 'spillway/error/1',
          code,
          message: known.message,
          suggestions,
          exitCode,
          details,
        }),
      ),
    );
  } else {
    const { red, bold, dim } = streams.errStyle;
    const lines = [`${red(bold('Error:'))} ${visible(known.message, { multiline: true })}`];
    if (known.suggestions.length > 0)
      lines.push('', bold('Try:'), ...known.suggestions.map((one) => `  ${visible(one)}`));
    if (
      known.code === 'failed' &&
      known.cause instanceof Error &&
      known.cause.stack !== undefined &&
      isBug(error)
    )
      lines.push('', dim(known.cause.stack));
    streams.err(redactor.scrub(lines.join('\n')));
  }
  return known.exitCode;
}

/** What oclif throws for a wrong flag or argument becomes a usage error; anything unknown is a bug and says so. */
function asSpillwayError(error: unknown): SpillwayError {
  if (error instanceof SpillwayError) return error;
  if (error instanceof AggregateError) {
    const [first, ...rest] = error.errors as unknown[];
    const main = asSpillwayError(first);
    const also = rest.map((other) => `Also: ${messageOf(other)}`).join(' ');
    return new SpillwayError(main.code, `${main.message} ${also}`, {
      suggestions: main.suggestions,
      details: main.details,
      cause: error,
    });
  }
  const usage = usageErrorOf(error);
  if (usage !== null) return usage;
  return new SpillwayError('failed', `${messageOf(error)} (this is a bug in spillway)`, { cause: error });
}

function isBug(error: unknown): boolean {
  return !(error instanceof SpillwayError) && !(error instanceof AggregateError);
}
