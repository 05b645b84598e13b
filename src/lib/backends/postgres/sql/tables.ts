import { identifier, type Statement, statement } from '../statement.ts';

/** Schema and table names as the target's configuration maps them, not yet quoted. */
export interface TableNames {
  readonly schema: string;
  readonly clients: string;
  readonly conversations: string;
  readonly activations: string;
  readonly errorLog: string;
  readonly errorTotals: string;
  readonly settings: string;
  readonly canaries: string;
}

/** The tables, quoted and qualified, to stand in a statement: connections run with `search_path = pg_catalog`. */
export type Tables = { readonly [Name in Exclude<keyof TableNames, 'schema'>]: Statement };

/** Throws `RangeError` for an empty name. */
export function quotedTables(names: TableNames): Tables {
  const qualified = (table: string) => statement`${identifier(names.schema)}.${identifier(table)}`;
  return {
    clients: qualified(names.clients),
    conversations: qualified(names.conversations),
    activations: qualified(names.activations),
    errorLog: qualified(names.errorLog),
    errorTotals: qualified(names.errorTotals),
    settings: qualified(names.settings),
    canaries: qualified(names.canaries),
  };
}
