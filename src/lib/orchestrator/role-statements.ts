import { ensureJournalSchema, ensureJournalTable } from '../backends/postgres/journal-copy.ts';
import { ensureLockTable } from '../backends/postgres/lock.ts';
import type { TableNames } from '../backends/postgres/sql/tables.ts';
import { identifier } from '../backends/postgres/statement.ts';
import { qualified, settingColumns, statusColumns } from './privileges-needed.ts';

/** The roles that are made, by name. */
export interface RoleNames {
  readonly reader: string;
  readonly operator: string;
  readonly purger: string;
}

/**
 * SQL for three roles of least privilege, to be run by a superuser (or the owner of the tables) in the target's database. For people: the program never runs it.
 * The reader looks; the operator stops, resumes and switches; the purger takes snapshots and empties the error log, and stops nothing.
 */
export function roleStatements(names: TableNames, roles: RoleNames): string {
  const name = (role: string) => identifier(role).fragment;
  const [reader, operator, purger] = [name(roles.reader), name(roles.operator), name(roles.purger)];
  const schema = identifier(names.schema).fragment;
  const table = (one: Parameters<typeof qualified>[1]) => qualified(names, one);
  const status = statusColumns.join(', ');
  return `-- Three roles of least privilege for Spillway. Run it in the target's database as a superuser:  spillway doctor --roles | psql -d DATABASE
-- Then give each a password:  \\password ${roles.reader}
begin;

create role ${reader} login;
create role ${operator} login;
create role ${purger} login;

-- Where Spillway keeps a copy of its journal, and its lock where the target has no Redis.
${ensureJournalSchema.text};
${ensureJournalTable.text};
${ensureLockTable.text};

-- The reader looks. pg_monitor: waits, statements and lags of everybody, the files of the WAL, the cluster's identity.
grant pg_monitor to ${reader};
grant usage on schema ${schema}, spillway to ${reader};
grant select on ${(['clients', 'conversations', 'activations', 'errorLog', 'errorTotals', 'settings', 'canaries'] as const).map(table).join(', ')} to ${reader};
grant select on spillway.journal, spillway.lock to ${reader};

-- The operator stops, pauses, resumes and switches. It deletes nothing.
grant ${reader} to ${operator};
grant update (${status}) on ${table('conversations')}, ${table('activations')} to ${operator};
grant insert on ${table('settings')}, ${table('canaries')} to ${operator};
grant update (${settingColumns.join(', ')}) on ${table('settings')} to ${operator};
grant insert on spillway.journal to ${operator};
grant insert, update on spillway.lock to ${operator};

-- The purger takes snapshots (pg_dump reads every table) and empties the error log. It stops and resumes nothing.
grant ${reader} to ${purger};
grant pg_read_all_data to ${purger};
grant delete, truncate on ${table('errorLog')}, ${table('errorTotals')} to ${purger};
grant insert on spillway.journal to ${purger};
grant insert, update on spillway.lock to ${purger};

commit;

-- In spillway.yaml: \`reader: { user: ${roles.reader} }\` and \`user: ${roles.operator}\`; a second target on the same stores with
-- \`user: ${roles.purger}\` is for the purge.`;
}
