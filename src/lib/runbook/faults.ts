import type { z } from 'zod';
import { SpillwayError } from '../core/errors.ts';
import { visible } from '../core/visible.ts';
import type { Fault, Path, SourceDocument } from './document.ts';

const shown = 10;

/** One error for everything that is wrong in a file: `file:line:column: what, and what was expected`, in the order of the file. */
export function faultyFile(file: string, faults: readonly Fault[]): SpillwayError {
  const sorted = faults.toSorted((left, right) => left.line - right.line || left.column - right.column);
  const lines = sorted
    .slice(0, shown)
    .map((fault) => `${visible(file)}:${fault.line}:${fault.column}: ${visible(fault.message)}`);
  const rest = sorted.length - lines.length;
  return new SpillwayError(
    'usage',
    `The runbook is not valid.\n${lines.join('\n')}${rest > 0 ? `\n… and ${rest} more` : ''}`,
    {
      suggestions: [`spillway runbook check ${file}   # when it is mended`],
      details: { file, faults: sorted.map(({ line, column, message }) => ({ line, column, message })) },
    },
  );
}

/** The faults of the schema, placed. A member that is not known stands at its key, with the nearest known ones. */
export function schemaFaults(
  document: SourceDocument,
  issues: readonly z.core.$ZodIssue[],
  near: (word: string, path: Path) => string,
): Fault[] {
  return issues.flatMap((issue) => {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        ...document.placeOfKey([...path, key]),
        message: `${where(path)}"${key}" is not known here${near(key, path)}`,
      }));
    }
    if (issue.code === 'invalid_union') {
      const inner = issue.errors.flat();
      const best = inner.find((one) => one.path.length > 0) ?? inner[0];
      const deeper = best?.path.filter((part) => typeof part !== 'symbol') ?? [];
      const full = [...path, ...deeper];
      return [{ ...document.placeOf(full), message: `${where(full)}${best?.message ?? issue.message}` }];
    }
    return [{ ...document.placeOf(path), message: `${where(path)}${issue.message}` }];
  });
}

/** `steps[3].gate: `, or nothing at the root. */
function where(path: Path): string {
  if (path.length === 0) return '';
  const text = path.map((part) => (typeof part === 'number' ? `[${part + 1}]` : `.${part}`)).join('');
  return `${text.replace(/^\./, '')}: `;
}
