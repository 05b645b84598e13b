/**
 * SQL that this program contains: the only thing that its connections accept, so that no text from outside can become a statement.
 * Values are bound (`$1`), identifiers quoted by `identifier`.
 */
export interface Statement {
  readonly text: string;
  readonly brand: typeof brand;
}

const brand = Symbol('statement');

/** A quoted identifier, or a literal number that the planner must see as such. */
export interface Fragment {
  readonly fragment: string;
}

/** Quotes a name for SQL, doubling quotes. Throws `RangeError` for an empty name or one with a NUL. */
export function identifier(name: string): Fragment {
  if (name === '' || name.includes('\0'))
    throw new RangeError('a database identifier cannot be empty or hold a NUL');
  return { fragment: `"${name.replaceAll('"', '""')}"` };
}

/** An integer written into the statement, for bounds that the planner must know (see the TID range traps of PostgreSQL). */
export function integer(value: number | bigint): Fragment {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new RangeError(`${value} is not an integer`);
  return { fragment: value.toString() };
}

/** Tag for SQL: ``statement`select 1 from ${identifier(table)} where id = $1` ``. Other statements and fragments can be embedded, text cannot. */
export function statement(
  strings: TemplateStringsArray,
  ...parts: readonly (Statement | Fragment)[]
): Statement {
  let text = strings[0] ?? '';
  parts.forEach((part, index) => {
    text += ('fragment' in part ? part.fragment : part.text) + (strings[index + 1] ?? '');
  });
  return { text: text.trim(), brand };
}
