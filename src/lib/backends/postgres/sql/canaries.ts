import { type Statement, statement } from '../statement.ts';
import type { Tables } from './tables.ts';

/** $1 ids, $2 channels. Rows that exist stay as they are. */
export function insertCanaries(tables: Tables): Statement {
  return statement`
    insert into ${tables.canaries} (id, channel, sent_at)
    select id, channel, clock_timestamp() from unnest($1::uuid[], $2::text[]) as wanted(id, channel)
    on conflict (id) do nothing returning id`;
}

/** $1 ids. */
export function selectCanaries(tables: Tables): Statement {
  return statement`
    select id::text as id, channel, sent_at, delivered_at from ${tables.canaries} where id = any($1::uuid[]) order by channel, id`;
}
