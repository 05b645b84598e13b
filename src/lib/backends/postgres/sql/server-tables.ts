import { statement } from '../statement.ts';

/** Tables that were ever used since the counters began, the most written first. Looks only at the statistics: waits for no lock of a table. */
export const selectTableCounts = statement`
  select extract(epoch from clock_timestamp())::float8 as at, relid::text as id, schemaname || '.' || relname as "table", n_tup_ins::float8 as inserted,
         n_tup_upd::float8 as updated, n_tup_hot_upd::float8 as hot_updated, n_tup_del::float8 as deleted, coalesce(seq_scan, 0)::float8 as sequential_scans,
         coalesce(seq_tup_read, 0)::float8 as sequential_rows, coalesce(idx_scan, 0)::float8 as index_scans,
         n_dead_tup::float8 as dead_rows, n_live_tup::float8 as live_rows
    from pg_stat_user_tables
   where n_tup_ins + n_tup_upd + n_tup_del + coalesce(seq_scan, 0) + coalesce(idx_scan, 0) > 0
   order by n_tup_ins + n_tup_upd + n_tup_del desc limit 1000`;

/**
 * Heaps, TOAST and indexes of the 40 tables that were written most. The size functions wait for whoever holds ACCESS EXCLUSIVE, and behind whoever asks for it:
 * such relations are listed without a size.
 */
export const selectRelationSizes = statement`
  with locked as materialized (
    select relation from pg_locks
     where locktype = 'relation' and mode = 'AccessExclusiveLock' and database = (select oid from pg_database where datname = current_database())
  ), written as materialized (
    select c.oid, c.reltoastrelid, n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and c.relpersistence <> 't' and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
     order by pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) desc, c.relpages desc limit 40
  ), relations as (
    select oid, name, null::text as index from written
    union all select reltoastrelid, name, null from written where reltoastrelid <> 0
    union all select i.indexrelid, w.name, ic.relname from written w join pg_index i on i.indrelid = w.oid join pg_class ic on ic.oid = i.indexrelid
  )
  select extract(epoch from clock_timestamp())::float8 as at, r.oid::text as id, r.name as "table", r.index,
         case when not exists (select from locked where relation = r.oid) then pg_relation_size(r.oid::regclass)::float8 end as bytes
    from relations r`;

export const selectVacuumSettings = statement`
  select current_setting('autovacuum') = 'on' as "on", current_setting('autovacuum_max_workers')::int as most_workers,
         age(datfrozenxid)::float8 as frozen_age, current_setting('autovacuum_freeze_max_age')::float8 as forced_at_age
    from pg_database where datname = current_database()`;

/** Vacuums that run, also those by hand; what they work on is null for a role without pg_monitor. */
export const selectVacuumWorkers = statement`
  select p.pid, n.nspname || '.' || c.relname as "table", coalesce(p.phase, 'hidden') as phase,
         case when p.heap_blks_total > 0 then p.heap_blks_scanned::float8 / p.heap_blks_total end as scanned
    from pg_stat_progress_vacuum p left join pg_class c on c.oid = p.relid and p.datname = current_database()
    left join pg_namespace n on n.oid = c.relnamespace order by p.pid`;

/** Tables with more dead rows than autovacuum's threshold for them, or that it leaves out. A table's own settings count before the server's. */
export const selectVacuumDebts = statement`
  with settings as (
    select s.relid, s.schemaname || '.' || s.relname as name, s.n_dead_tup::float8 as dead, greatest(c.reltuples, 0)::float8 as rows,
           greatest(s.last_vacuum, s.last_autovacuum) as vacuumed,
           (select option_value from pg_options_to_table(c.reloptions) where option_name = 'autovacuum_enabled') as enabled,
           (select option_value from pg_options_to_table(c.reloptions) where option_name = 'autovacuum_vacuum_threshold') as base,
           (select option_value from pg_options_to_table(c.reloptions) where option_name = 'autovacuum_vacuum_scale_factor') as scale
      from pg_stat_user_tables s join pg_class c on c.oid = s.relid where s.n_dead_tup > 0
  ), judged as (
    select name, dead, vacuumed, coalesce(lower(enabled) in ('false', 'off', 'no', '0'), false) as disabled,
           coalesce(base::float8, current_setting('autovacuum_vacuum_threshold')::float8)
             + coalesce(scale::float8, current_setting('autovacuum_vacuum_scale_factor')::float8) * rows as threshold
      from settings
  )
  select name as "table", dead as dead_rows, threshold, disabled, extract(epoch from clock_timestamp() - vacuumed)::float8 as seconds_since_vacuum
    from judged where dead > threshold order by dead desc limit 8`;
