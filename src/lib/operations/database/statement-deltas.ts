import type { StatementReading } from '../../orchestrator/database.ts';

/** What one statement took between two readings. */
export interface StatementDelta {
  readonly id: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly meanMs: number;
  /** The mean of all calls before the first reading, in milliseconds; null when there were none. */
  readonly meanBeforeMs: number | null;
}

/**
 * Statements by the time they took between two readings, most first. Counters that went back were reset in between: then what was counted since is all there is.
 * A statement that was not in the first reading counts from 0.
 */
export function statementDeltas(before: StatementReading, after: StatementReading): StatementDelta[] {
  const first = new Map(before.statements.map((one) => [one.id, one]));
  return after.statements
    .map((last) => {
      const known = first.get(last.id);
      const reset = known === undefined || last.calls < known.calls;
      const calls = reset ? last.calls : last.calls - known.calls;
      const totalMs = reset ? last.totalMs : Math.max(0, last.totalMs - known.totalMs);
      const meanBeforeMs = known === undefined || known.calls === 0 ? null : known.totalMs / known.calls;
      return { id: last.id, calls, totalMs, meanMs: calls === 0 ? 0 : totalMs / calls, meanBeforeMs };
    })
    .filter((one) => one.calls > 0)
    .sort((a, b) => b.totalMs - a.totalMs || (a.id < b.id ? -1 : 1));
}

/** Recognises statements that name one table (given as `schema.table`) at all: also those that only lock its rows. */
export function mentions(table: string): RegExp {
  return new RegExp(`(?<![\\w"])"?${bareName(table)}"?(?![\\w"])`, 'i');
}

/** Recognises statements that write one table (given as `schema.table`), however they are quoted and qualified. */
export function writesTo(table: string): RegExp {
  const name = bareName(table);
  return new RegExp(
    `\\b(?:insert\\s+into|update(?:\\s+only)?)\\s+(?:"?[^\\s".(]+"?\\.)?"?${name}"?(?![\\w"])`,
    'i',
  );
}

/** The name without its schema, for a regular expression. */
function bareName(table: string): string {
  return table.slice(table.lastIndexOf('.') + 1).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Recognises statements that write: the rest may begin with common table expressions. */
export const writing =
  /^\s*(?:insert|update|delete|merge|copy)\b|^\s*with\b[\s\S]*\b(?:insert\s+into|update|delete\s+from)\b/i;
