import { type Statement, statement } from '../statement.ts';

/** The end of the WAL. A standby has none of its own: there, what it received or, with archive recovery only, what it replayed. */
export const selectWalPosition = statement`
  select extract(epoch from clock_timestamp())::float8 as at,
         ((case when pg_is_in_recovery() then coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) else pg_current_wal_lsn() end) - '0/0'::pg_lsn)::float8 as position`;

/** pg_stat_wal (14); PostgreSQL 18 counts writes and syncs in pg_stat_io. */
export function selectWalCounts(versionNumber: number): Statement {
  const disk =
    versionNumber < 180_000
      ? statement`wal_write::float8 as writes, wal_sync::float8 as syncs`
      : statement`null::float8 as writes, null::float8 as syncs`;
  return statement`
    select extract(epoch from clock_timestamp())::float8 as at, wal_records::float8 as records, wal_fpi::float8 as full_page_images,
           wal_bytes::float8 as bytes, wal_buffers_full::float8 as buffers_full, ${disk} from pg_stat_wal`;
}

/** Needs pg_monitor. */
export const selectWalFiles = statement`
  select count(*)::int as files, coalesce(sum(size), 0)::float8 as bytes, pg_size_bytes(current_setting('max_wal_size'))::float8 as soft_limit from pg_ls_waldir()`;

export const selectArchiver = statement`
  select current_setting('archive_mode') <> 'off' as "on", failed_count::float8 as failed,
         extract(epoch from clock_timestamp() - last_failed_time)::float8 as since_failure,
         extract(epoch from clock_timestamp() - last_archived_time)::float8 as since_archived from pg_stat_archiver`;

/** pg_stat_checkpointer (17), before that pg_stat_bgwriter. There a standby's restartpoints count as checkpoints; since 17 they have counters of their own. */
export function selectCheckpointCounts(versionNumber: number, maySeeLast: boolean): Statement {
  const last = maySeeLast
    ? statement`(select extract(epoch from clock_timestamp() - checkpoint_time)::float8 from pg_control_checkpoint())`
    : statement`null::float8`;
  if (versionNumber < 170_000)
    return statement`
      select extract(epoch from clock_timestamp())::float8 as at, checkpoints_timed::float8 as timed, checkpoints_req::float8 as requested,
             checkpoint_write_time::float8 as write_ms, checkpoint_sync_time::float8 as sync_ms, buffers_checkpoint::float8 as buffers_written,
             buffers_backend::float8 as buffers_by_sessions, ${last} as since_last from pg_stat_bgwriter`;
  return statement`
    select extract(epoch from clock_timestamp())::float8 as at,
           (case when pg_is_in_recovery() then restartpoints_timed else num_timed end)::float8 as timed,
           (case when pg_is_in_recovery() then restartpoints_req else num_requested end)::float8 as requested,
           write_time::float8 as write_ms, sync_time::float8 as sync_ms, buffers_written::float8 as buffers_written,
           null::float8 as buffers_by_sessions, ${last} as since_last from pg_stat_checkpointer`;
}

/** What the other statements are chosen by. */
export const selectGate = statement`
  select current_setting('server_version') as version, current_setting('server_version_num')::int as version_number,
         has_function_privilege('pg_catalog.pg_control_checkpoint()', 'execute') as may_see_checkpoint`;

/** pg_stat_io (16). Counters that cannot be for a kind of work are null. PostgreSQL 18 counts bytes; before, every operation had one size. */
export function selectIoCounts(versionNumber: number): Statement {
  const sizes =
    versionNumber < 180_000
      ? statement`sum(coalesce(reads, 0) * op_bytes)::float8 as read_bytes, sum((coalesce(writes, 0) + coalesce(extends, 0)) * op_bytes)::float8 as write_bytes`
      : statement`sum(coalesce(read_bytes, 0))::float8 as read_bytes, sum(coalesce(write_bytes, 0) + coalesce(extend_bytes, 0))::float8 as write_bytes`;
  return statement`
    select extract(epoch from clock_timestamp())::float8 as at, backend_type as backend, context, object,
           sum(coalesce(reads, 0))::float8 as reads, sum(coalesce(writes, 0))::float8 as writes, sum(coalesce(extends, 0))::float8 as extends,
           sum(coalesce(fsyncs, 0))::float8 as syncs, sum(coalesce(read_time, 0))::float8 as read_ms, sum(coalesce(write_time, 0))::float8 as write_ms, ${sizes}
      from pg_stat_io group by 2, 3, 4`;
}

/** What stands behind this server; on a cascading standby, behind what it received. */
export const selectReplicas = statement`
  with here as (select case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end as position)
  select coalesce(application_name, '') as application, client_addr::text as address, state, sync_state as sync,
         (here.position - replay_lsn)::float8 as behind_bytes, extract(epoch from replay_lag)::float8 as replay_seconds
    from pg_stat_replication, here order by 5 desc nulls last, 1`;

/** One row on a standby. The receiver's row is there for everybody, its contents for pg_monitor only. */
export const selectStandbyLag = statement`
  select exists (select from pg_stat_wal_receiver where pid is not null) as receiving,
         (pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn())::float8 as unreplayed_bytes,
         case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
              else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 end as seconds`;

export const selectSlots = statement`
  select slot_name::text as name, slot_type as kind, active, wal_status as status,
         ((case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end) - restart_lsn)::float8 as kept_bytes
    from pg_replication_slots order by 5 desc nulls last, 1`;
