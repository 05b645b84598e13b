import { type Statement, statement } from '../statement.ts';
import type { Tables } from './tables.ts';

/** $1 ids or null for all. */
export function selectClients(tables: Tables): Statement {
  return statement`
    select id::float8 as id, name from ${tables.clients}
     where $1::bigint[] is null or id = any($1) order by id`;
}

/** $1 ids, $2 client ids, $3 status (null: any), $4 most rows. */
export function selectConversations(tables: Tables): Statement {
  return statement`
    select v.id::float8 as id, v.name, v.client_id::float8 as client_id, c.name as client, v.status, v.updated_at, v.updated_by
      from ${tables.conversations} v join ${tables.clients} c on c.id = v.client_id
     where ($1::bigint[] is null or v.id = any($1))
       and ($2::bigint[] is null or v.client_id = any($2))
       and ($3::text is null or v.status = $3)
     order by v.id limit $4`;
}

/**
 * Activations with their labels, those that inject first, then newest first.
 * $1 ids, $2 client ids, $3 conversation ids, $4 statuses (null: any), $5 most rows.
 */
export function selectActivations(tables: Tables): Statement {
  return statement`
    select a.id::float8 as id, a.conversation_id::float8 as conversation_id, v.name as conversation,
           v.client_id::float8 as client_id, c.name as client, a.status,
           a.total_messages::float8 as total_messages, a.injected_messages::float8 as injected_messages,
           a.activated_at, a.updated_at, a.updated_by
      from ${tables.activations} a
      join ${tables.conversations} v on v.id = a.conversation_id
      join ${tables.clients} c on c.id = v.client_id
     where ($1::bigint[] is null or a.id = any($1))
       and ($2::bigint[] is null or v.client_id = any($2))
       and ($3::bigint[] is null or a.conversation_id = any($3))
       and ($4::text[] is null or a.status = any($4))
     order by case a.status when 'injecting' then 0 when 'scheduled' then 1 when 'paused' then 2 else 3 end, a.id desc
     limit $5`;
}

/**
 * Changes the status of rows that still are in one of the states that the plan saw. The rows are locked first, in the order of their ids, so that the state
 * that is compared is the committed one and two operators cannot deadlock.
 * $1 ids, $2 text form of the states allowed for each (`active` or `scheduled,injecting`), $3 new states, $4 actor.
 * Returns every row that exists: what it was found in, and whether it was changed.
 */
export function changeStatuses(table: Statement): Statement {
  return statement`
    with wanted as (
      select * from unnest($1::bigint[], $2::text[], $3::text[]) as w(id, allowed, next)
    ), found as materialized (
      select t.id, t.status from ${table} t where t.id = any($1::bigint[]) order by t.id for no key update
    ), changed as (
      update ${table} t set status = w.next, updated_at = now(), updated_by = $4
        from found f join wanted w on w.id = f.id
       where t.id = f.id and t.status = any(string_to_array(w.allowed, ','))
      returning t.id
    )
    select f.id::float8 as id, f.status as found, changed.id is not null as changed
      from found f left join changed on changed.id = f.id order by f.id`;
}
