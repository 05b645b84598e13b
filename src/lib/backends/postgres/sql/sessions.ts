import { statement } from '../statement.ts';

/** Client sessions of this database without this program's own, by state and wait. $1, $2: names of the error-log tables. */
export const selectSessions = statement`
  select coalesce(state, 'hidden') as state, wait_event_type as wait_type, wait_event, count(*)::int as sessions,
         (count(*) filter (where strpos(lower(query), lower($1::text)) > 0 or strpos(lower(query), lower($2::text)) > 0))::int as on_error_log
    from pg_stat_activity
   where datname = current_database() and pid <> pg_backend_pid() and coalesce(backend_type, 'client backend') = 'client backend'
     and (current_setting('application_name') = '' or application_name is distinct from current_setting('application_name'))
   group by 1, 2, 3 order by 4 desc, 1, 2, 3`;

/**
 * Who waits for a lock, and who is waited for. pg_blocking_pids is asked only about sessions that wait for a lock: each call stops the lock manager briefly.
 * It also names those who stand before in the queue for the lock, and 0 for a prepared transaction. Who waits for another transaction to change a row holds the
 * row's place in the queue, which says what table it is.
 */
export const selectBlocking = statement`
  with waiting as materialized (
    select pid, array(select distinct unnest(pg_blocking_pids(pid)) order by 1) as blocked_by
      from pg_stat_activity where wait_event_type = 'Lock' and pid <> pg_backend_pid()
  ), involved as (
    select pid from waiting where blocked_by <> '{}' union select unnest(blocked_by) from waiting
  ), wanted as (
    select l.pid, min(l.mode || ' on ' || case
             when t.relname is not null then 'a row of ' || t.nspname || '.' || t.relname
             when c.relname is null then l.locktype
             else case l.locktype when 'relation' then '' when 'tuple' then 'a row of ' else l.locktype || ' of ' end || n.nspname || '.' || c.relname end) as lock
      from pg_locks l join waiting w using (pid)
      left join pg_class c on c.oid = l.relation and l.database = (select oid from pg_database where datname = current_database())
      left join pg_namespace n on n.oid = c.relnamespace
      left join lateral (
        select tn.nspname, tc.relname from pg_locks held join pg_class tc on tc.oid = held.relation join pg_namespace tn on tn.oid = tc.relnamespace
         where l.locktype = 'transactionid' and held.pid = l.pid and held.locktype = 'tuple' and held.granted
           and held.database = (select oid from pg_database where datname = current_database()) limit 1) t on true
     where not l.granted group by l.pid
  )
  select i.pid, coalesce(w.blocked_by, '{}') as blocked_by, a.usename::text as "user", a.application_name as application, a.state,
         a.wait_event_type as wait_type, a.wait_event, d.lock as waits_for,
         extract(epoch from clock_timestamp() - a.xact_start)::float8 as transaction_seconds,
         extract(epoch from clock_timestamp() - a.query_start)::float8 as statement_seconds,
         left(a.query, 300) as statement
    from involved i left join waiting w using (pid) left join pg_stat_activity a using (pid) left join wanted d using (pid) order by i.pid`;

/** Lock requests that wait. `waitstart` exists since PostgreSQL 14, so it is read in a way that other versions understand. */
export const selectWaitingLocks = statement`
  select case when c.oid is not null then n.nspname || '.' || c.relname end as relation, l.locktype as kind, l.mode, count(*)::int as sessions,
         max(extract(epoch from clock_timestamp() - coalesce((to_jsonb(l)->>'waitstart')::timestamptz, a.query_start)))::float8 as longest_seconds
    from pg_locks l
    left join pg_stat_activity a on a.pid = l.pid
    left join pg_class c on c.oid = l.relation and l.database in (0, (select oid from pg_database where datname = current_database()))
    left join pg_namespace n on n.oid = c.relnamespace
   where not l.granted group by 1, 2, 3 order by 4 desc, 1, 2, 3`;

/** Counts that every role may see. */
export const selectConnections = statement`
  select (select coalesce(sum(numbackends), 0)::int from pg_stat_database) as used, current_setting('max_connections')::int as most,
         current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true), '0')::int as reserved`;
