import { statement } from '../../backends/postgres/statement.ts';

/** One row: what is being copied. `pg_database_size` locks no relation. */
export const databaseFacts = statement`
  select current_database() as database,
         pg_database_size(current_database())::float8 as bytes,
         current_setting('server_version') as "serverVersion",
         current_setting('server_version_num')::int as "serverVersionNumber"`;

/** One row, or SQLSTATE 42501 where the role may not read the control file. */
export const systemIdentifier = statement`
  select system_identifier::text as "systemIdentifier" from pg_control_system()`;

/**
 * The ordinary tables that pg_dump copies the rows of, largest first, with the planner's estimates. Tables of extensions are not dumped.
 * Sizes come from page counts and not from the size functions, which wait for whoever holds ACCESS EXCLUSIVE.
 */
export const dumpedTables = statement`
  select n.nspname as schema, c.relname as name,
         case when c.reltuples < 0 then null else c.reltuples::float8 end as "rowsEstimate",
         ((c.relpages + coalesce((select sum(i.relpages) from pg_index x join pg_class i on i.oid = x.indexrelid
                                  where x.indrelid = c.oid), 0))
          * current_setting('block_size')::int)::float8 as bytes
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'r' and c.relpersistence <> 't'
     and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
     and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
   order by bytes desc, schema, name`;

export interface DatabaseFactsRow extends Record<string, unknown> {
  readonly database: string;
  readonly bytes: number;
  readonly serverVersion: string;
  readonly serverVersionNumber: number;
}

export interface DumpedTableRow extends Record<string, unknown> {
  readonly schema: string;
  readonly name: string;
  readonly rowsEstimate: number | null;
  readonly bytes: number;
}
