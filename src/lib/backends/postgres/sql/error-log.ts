import { type Fragment, integer, type Statement, statement } from '../statement.ts';
import type { Tables } from './tables.ts';

/**
 * Counters of the two error-log tables, leaves of a partitioned one summed. Looks only into the catalogue and the statistics: waits for no lock of a plain table.
 * $1, $2: quoted and qualified names.
 */
export const selectErrorLogCounters = statement`
  select extract(epoch from clock_timestamp())::float8 as at, t.position::int as position, t.oid is not null as found,
         coalesce(sum(pg_stat_get_tuples_inserted(leaf.oid)), 0)::float8 as inserted,
         coalesce(sum(pg_stat_get_tuples_updated(leaf.oid)), 0)::float8 as updated,
         coalesce(sum(pg_stat_get_tuples_deleted(leaf.oid)), 0)::float8 as deleted
    from (select position, to_regclass(name)::oid as oid from unnest(array[$1::text, $2::text]) with ordinality as named(name, position)) t
    left join lateral (select t.oid union select relid::oid from pg_partition_tree(t.oid::regclass)) leaf on true
   group by t.position, t.oid order by t.position`;

/**
 * How the tail of the log can be read: a key that only grows (identity, or a column that owns a sequence) and leads a usable btree index.
 * `relations`: the log, its leaves and their indexes; `counts_buffers`: whether the server tells what a transaction has read of them. $1: quoted and qualified name.
 */
export const selectTailAccess = statement`
  select c.oid::text as oid, c.relkind = 'p' as partitioned, c.relpages::float8 as pages, current_setting('server_version_num')::int as version_number,
         to_regprocedure('pg_catalog.pg_stat_get_xact_blocks_fetched(oid)') is not null as counts_buffers,
         array(select r.oid::text from (select c.oid union select relid::oid from pg_partition_tree(c.oid::regclass)) leaf(oid)
                 cross join lateral (select leaf.oid union all select indexrelid from pg_index where indrelid = leaf.oid) r(oid)) as relations,
         (select a.attname
            from pg_index i
            join pg_class ic on ic.oid = i.indexrelid
            join pg_am am on am.oid = ic.relam and am.amname = 'btree'
            join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
           where i.indrelid = c.oid and i.indisvalid and i.indpred is null and a.atttypid in ('int8'::regtype, 'int4'::regtype)
             and (a.attidentity <> '' or exists (
               select from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
                where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
                  and d.refobjid = c.oid and d.refobjsubid = a.attnum and d.deptype in ('a', 'i')))
           order by i.indisprimary desc, i.indnkeyatts limit 1) as key
    from pg_class c where c.oid = to_regclass($1::text)`;

/** Buffers that this transaction has read of these relations, cached or not. $1: oids. */
export const selectBuffersRead = statement`
  select coalesce(sum(pg_stat_get_xact_blocks_fetched(r.oid)), 0)::float8 as buffers from unnest($1::oid[]) r(oid)`;

const columns = {
  conversation: statement`conversation_id`,
  activation: statement`activation_id`,
  code: statement`code`,
  channel: statement`channel`,
} as const satisfies Record<string, Statement>;

/** The column of the log by which its rows are grouped. */
export function groupColumn(by: keyof typeof columns): Statement {
  return columns[by];
}

/** Rows counted by page and group, by code, and in all, in one pass. Rows of `newest`: page, grp, code, created_at, key. */
function counted(newest: Statement): Statement {
  return statement`
    with newest as materialized (${newest})
    select grouping(page, code)::int as part, page, grp::text as grp, code::text as code, count(*)::int as rows,
           (count(*) filter (where created_at >= to_timestamp($1::float8)))::int as fresh,
           (count(*) filter (where created_at >= to_timestamp($2::float8)))::int as recent,
           max(key)::text as last_key
      from newest group by grouping sets ((page, grp), (code), ())`;
}

/** The values of `part` in the rows of a tail reading. */
export const tailParts = { pageAndGroup: 1, code: 2, all: 3 } as const;

// A row's page is the first half of its ctid; going through point is the only cast that every version has.
const page = statement`(ctid::text::point)[0]::bigint::text`;
// Only where there are leaves: a role may have been granted the column ctid alone.
const pageOfLeaf = statement`tableoid::bigint::text || '/' || (ctid::text::point)[0]::bigint::text`;

/** The newest key, by one descent of the index. */
export function selectNewestKey(tables: Tables, key: Fragment): Statement {
  return statement`select ${key}::text as key from ${tables.errorLog} order by ${key} desc limit 1`;
}

/** $1 fresh since, $2 recent since (epoch seconds), $3 the key after which to read. */
export function selectTailByKey(
  tables: Tables,
  key: Fragment,
  group: Statement,
  partitioned: boolean,
): Statement {
  return counted(statement`
    select ${partitioned ? pageOfLeaf : page} as page, ${group} as grp, code, created_at, ${key} as key from ${tables.errorLog} where ${key} > $3::bigint`);
}

/** $1 quoted and qualified name: size of the heap in blocks. Waits for a lock that conflicts with ACCESS SHARE. */
export const selectHeapBlocks = statement`
  select (pg_relation_size(to_regclass($1::text)) / current_setting('block_size')::int)::float8 as blocks`;

/** The heap from a block on, by a TID range scan (PostgreSQL 14). The bound is a literal: an expression would become a sequential scan. $1, $2 as above. */
export function selectTailByBlock(tables: Tables, firstBlock: number, group: Statement): Statement {
  return counted(statement`
    select ${page} as page, ${group} as grp, code, created_at, null::bigint as key
      from ${tables.errorLog} where ctid >= '(${integer(firstBlock)},0)'::tid`);
}
