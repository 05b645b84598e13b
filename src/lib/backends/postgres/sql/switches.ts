import { type Statement, statement } from '../statement.ts';
import type { Tables } from './tables.ts';

/** Both switches, and the server's clock for judging an expiry. */
export function selectSwitches(tables: Tables): Statement {
  return statement`
    select key, value, updated_at, updated_by, clock_timestamp() as now
      from ${tables.settings} where key in ('injection', 'error_log')`;
}

/** $1 state expected, $2 new state, $3 actor. A switch that was never set counts as `on`. Returns a row when it was changed. */
export function changeInjection(tables: Tables): Statement {
  return statement`
    insert into ${tables.settings} as s (key, value, updated_at, updated_by)
    select 'injection', jsonb_build_object('state', $2::text), now(), $3::text
     where $1::text = 'on' or exists (select from ${tables.settings} where key = 'injection')
    on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by
     where coalesce(s.value->>'state', 'on') = $1
    returning key`;
}

/**
 * $1 mode, $2 sampleEvery, $3 expiresAt expected; $4 new value as JSON; $5 actor. A switch that was never set counts as `full`.
 * `sampleEvery` is compared only for mode `sample`: it means nothing otherwise. Returns a row when it was changed.
 */
export function changeErrorLog(tables: Tables): Statement {
  return statement`
    insert into ${tables.settings} as s (key, value, updated_at, updated_by)
    select 'error_log', $4::jsonb, now(), $5::text
     where ($1::text = 'full' and $3::text is null) or exists (select from ${tables.settings} where key = 'error_log')
    on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by
     where coalesce(s.value->>'mode', 'full') = $1
       and ($1 <> 'sample' or (s.value->>'sampleEvery')::int is not distinct from $2::int)
       and s.value->>'expiresAt' is not distinct from $3::text
    returning key`;
}
