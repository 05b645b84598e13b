import type { TableNames } from '../backends/postgres/sql/tables.ts';
import { identifier } from '../backends/postgres/statement.ts';
import type { PostgresWork } from './examination.ts';

/** A privilege that some work needs, as `selectPrivileges` asks for it. */
export interface NeededPrivilege {
  readonly work: PostgresWork;
  readonly kind: 'schema' | 'table' | 'column' | 'create' | 'role';
  readonly schema: string;
  /** Table or role. */
  readonly name: string;
  readonly column: string;
  readonly privilege: string;
  /** For people. */
  readonly label: string;
  /** What follows `grant` and stands before `to ROLE`. */
  readonly grant: string;
}

type TableName = Exclude<keyof TableNames, 'schema'>;

/** Columns that an operator changes; nothing else of a row is touched. */
export const statusColumns = ['status', 'updated_at', 'updated_by'] as const;
export const settingColumns = ['value', 'updated_at', 'updated_by'] as const;

/** Columns of the error log that diagnoses read; `ctid` is what tail and block readings go by. */
const errorLogColumns = [
  'conversation_id',
  'activation_id',
  'channel',
  'code',
  'created_at',
  'ctid',
] as const;

const readTables: readonly TableName[] = [
  ...(['clients', 'conversations', 'activations', 'errorTotals', 'settings', 'canaries'] as const),
];

/** `schema.table`, quoted where it must be. */
export function qualified(names: TableNames, table: TableName): string {
  return `${identifier(names.schema).fragment}.${identifier(names[table]).fragment}`;
}

/** Everything that the program's work needs of a role in this target. `mirrored`: the journal is copied to spillway.journal; `locked`: the lock stands in spillway.lock. */
export function privilegesNeeded(
  names: TableNames,
  options: { readonly mirrored: boolean; readonly locked: boolean },
): NeededPrivilege[] {
  const table = (work: PostgresWork, name: TableName, privilege: string): NeededPrivilege => ({
    ...{ work, kind: 'table', schema: names.schema, name: names[name], column: '', privilege },
    label: `${privilege} on ${names.schema}.${names[name]}`,
    grant: `${privilege} on ${qualified(names, name)}`,
  });
  const columns = (work: PostgresWork, name: TableName, privilege: string, wanted: readonly string[]) =>
    wanted.map(
      (column): NeededPrivilege => ({
        ...{ work, kind: 'column', schema: names.schema, name: names[name], column, privilege },
        label: `${privilege} (${column}) on ${names.schema}.${names[name]}`,
        grant: `${privilege} (${column}) on ${qualified(names, name)}`,
      }),
    );
  const schema = (work: PostgresWork): NeededPrivilege => ({
    ...{ work, kind: 'schema', schema: names.schema, name: '', column: '', privilege: 'usage' },
    label: `usage on schema ${names.schema}`,
    grant: `usage on schema ${identifier(names.schema).fragment}`,
  });
  const own = (work: PostgresWork, name: string, privileges: readonly string[]) => [
    ownSchema(work),
    ...privileges.map(
      (privilege): NeededPrivilege => ({
        ...{ work, kind: 'table', schema: 'spillway', name, column: '', privilege },
        label: `${privilege} on spillway.${name}`,
        grant: `${privilege} on spillway.${name}`,
      }),
    ),
  ];
  const journal = (work: PostgresWork) =>
    options.mirrored ? own(work, 'journal', ['select', 'insert']) : [];
  const lock = (work: PostgresWork) =>
    options.locked ? own(work, 'lock', ['select', 'insert', 'update']) : [];
  return [
    schema('look'),
    ...readTables.map((name) => table('look', name, 'select')),
    ...columns('look', 'errorLog', 'select', errorLogColumns),
    monitor,
    ...(options.mirrored ? own('look', 'journal', ['select']) : []),
    ...(options.locked ? own('look', 'lock', ['select']) : []),
    schema('operate'),
    ...(['conversations', 'activations', 'settings', 'canaries'] as const).map((name) =>
      table('operate', name, 'select'),
    ),
    ...columns('operate', 'conversations', 'update', statusColumns),
    ...columns('operate', 'activations', 'update', statusColumns),
    table('operate', 'settings', 'insert'),
    ...columns('operate', 'settings', 'update', settingColumns),
    table('operate', 'canaries', 'insert'),
    ...journal('operate'),
    ...lock('operate'),
    ...journal('purge'),
    ...lock('purge'),
  ];
}

/** Waits, statements and lags of everybody, the files of the WAL, the cluster's identity. */
const monitor: NeededPrivilege = {
  ...{ work: 'look', kind: 'role', schema: '', name: 'pg_monitor', column: '', privilege: 'usage' },
  ...{ label: 'pg_monitor', grant: 'pg_monitor' },
};

/** To make schema spillway where nobody made it. */
export const createOnDatabase: NeededPrivilege = {
  ...{ work: 'operate', kind: 'create', schema: '', name: '', column: '', privilege: 'create' },
  ...{ label: 'create on database', grant: 'create on database' },
};

function ownSchema(work: PostgresWork): NeededPrivilege {
  return {
    ...{ work, kind: 'schema', schema: 'spillway', name: '', column: '', privilege: 'usage' },
    ...{ label: 'usage on schema spillway', grant: 'usage on schema spillway' },
  };
}
