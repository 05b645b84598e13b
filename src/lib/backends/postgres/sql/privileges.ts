import { statement } from '../statement.ts';

/**
 * Which privileges the connected role holds. $1 kinds (`schema`, `table`, `column`, `create`, `role`), $2 schemas, $3 tables or names,
 * $4 columns, $5 privileges; one row each, in order. `held` is null where there is no such table. Looks only into the catalogue.
 */
export const selectPrivileges = statement`
  select w.position::int as position,
         case w.kind
           when 'schema' then has_schema_privilege(n.oid, w.privilege)
           when 'table' then has_table_privilege(c.oid, w.privilege)
           when 'column' then has_column_privilege(c.oid, w.column_name, w.privilege)
           when 'create' then has_database_privilege(current_database(), 'create')
           when 'role' then pg_has_role(w.name, 'usage')
         end as held
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) with ordinality as w(kind, schema, name, column_name, privilege, position)
    left join pg_namespace n on n.nspname = w.schema
    left join pg_class c on c.relnamespace = n.oid and c.relname = w.name
   order by w.position`;

/** Tables and sequences that pg_dump would copy and this role may not read. Those of extensions are not dumped. */
export const selectUnreadable = statement`
  select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'S') and c.relpersistence <> 't' and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
     and not (has_schema_privilege(n.oid, 'usage') and case c.relkind when 'S' then has_sequence_privilege(c.oid, 'select') else has_table_privilege(c.oid, 'select') end)
     and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
   order by 1 limit 50`;

/** Whether the statistics of statements are in this database, and whether the server loaded their library. */
export const selectStatisticsState = statement`
  select exists (select from pg_extension where extname = 'pg_stat_statements') as created,
         exists (select from pg_settings where name = 'pg_stat_statements.max') as loaded`;
