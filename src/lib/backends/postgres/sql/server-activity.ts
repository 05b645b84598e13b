import { statement } from '../statement.ts';

export const selectServerFacts = statement`
  select current_setting('server_version') as version, current_setting('server_version_num')::int as version_number, pg_is_in_recovery() as standby,
         current_setting('track_io_timing') = 'on' as times_io, extract(epoch from clock_timestamp() - pg_postmaster_start_time())::float8 as up_seconds`;

/**
 * All processes of the server without this program's own, by what they do. Background processes that rest in their main loop (wait type Activity) are left out.
 * For a role without pg_monitor the state of others is null. $1, $2: names of the error-log tables.
 */
export const selectActivity = statement`
  select coalesce(backend_type, 'client backend') as backend, coalesce(application_name, '') as application,
         datname is not distinct from current_database() as here,
         case when coalesce(backend_type, 'client backend') = 'client backend' then coalesce(state, 'hidden') end as state,
         wait_event_type as wait_type, wait_event, count(*)::int as processes,
         (count(*) filter (where strpos(lower(query), lower($1::text)) > 0 or strpos(lower(query), lower($2::text)) > 0))::int as on_error_log
    from pg_stat_activity
   where pid <> pg_backend_pid() and (datid is not null or backend_type is not null)
     and (current_setting('application_name') = '' or application_name is distinct from current_setting('application_name'))
     and (coalesce(backend_type, 'client backend') = 'client backend' or wait_event_type is distinct from 'Activity')
   group by 1, 2, 3, 4, 5, 6 order by 7 desc, 1, 2, 3, 4, 5, 6`;

/** Transactions that are open for more than a second, of whoever this role may see. */
export const selectOpenTransactions = statement`
  select pid, usename::text as "user", application_name as application, state,
         extract(epoch from clock_timestamp() - xact_start)::float8 as seconds, left(query, 300) as statement
    from pg_stat_activity
   where xact_start < clock_timestamp() - interval '1 second' and pid <> pg_backend_pid() and backend_type = 'client backend'
   order by xact_start limit 8`;

export const selectDatabaseCounts = statement`
  select extract(epoch from clock_timestamp())::float8 as at, xact_commit::float8 as commits, xact_rollback::float8 as rollbacks,
         blks_read::float8 as blocks_read, blks_hit::float8 as blocks_hit, tup_inserted::float8 as rows_inserted, tup_updated::float8 as rows_updated,
         tup_deleted::float8 as rows_deleted, temp_bytes::float8 as temporary_bytes, deadlocks::float8 as deadlocks, conflicts::float8 as recovery_conflicts
    from pg_stat_database where datname = current_database()`;
