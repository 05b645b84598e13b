import { identifier, integer, join, type Statement, statement } from '../statement.ts';

/** Leaves that are looked at, at most: those most written to. */
export const mostLeaves = 64;

/**
 * The leaves of the log (itself, when it is not partitioned), those most written to first, with the columns that lead a usable btree index of each.
 * Sizes wait for a lock that conflicts with ACCESS SHARE. $1: quoted and qualified name.
 */
export const selectLogLeaves = statement`
  select extract(epoch from clock_timestamp())::float8 as at, pg_is_in_recovery() as standby, current_setting('server_version_num')::int as version_number,
         leaf.*, (pg_relation_size(leaf.oid) / current_setting('block_size')::int)::float8 as blocks,
         array(select a.attname::text from pg_index i
                 join pg_class ic on ic.oid = i.indexrelid join pg_am am on am.oid = ic.relam and am.amname = 'btree'
                 join pg_attribute a on a.attrelid = leaf.oid and a.attnum = i.indkey[0]
                where i.indrelid = leaf.oid and i.indisvalid and i.indpred is null) as indexed,
         array(select leaf.oid::text union all select indexrelid::text from pg_index where indrelid = leaf.oid) as relations
    from (select c.oid, c.oid::text as id, n.nspname::text as schema, c.relname::text as name, pg_relation_filenode(c.oid)::text as file,
                 pg_stat_get_tuples_inserted(c.oid)::float8 as inserted, (count(*) over ())::int as leaves
            from (select to_regclass($1::text)::oid as oid union select relid::oid from pg_partition_tree(to_regclass($1::text))) tree
            join pg_class c on c.oid = tree.oid and c.relkind = 'r' join pg_namespace n on n.oid = c.relnamespace
           order by pg_stat_get_tuples_inserted(c.oid) desc, c.relpages desc, c.oid desc limit ${integer(mostLeaves)}) leaf
   order by leaf.inserted desc, blocks desc, leaf.oid desc`;

/** A leaf by its own name: a bound on ctid through the parent would apply to every leaf. */
export interface LeafName {
  readonly schema: string;
  readonly name: string;
}

/** A page of the heap. Bounds are literals: only with these does the planner choose a TID range scan, in a join it never does. */
function onPage(leaf: LeafName, block: number): Statement {
  return statement`${identifier(leaf.schema)}.${identifier(leaf.name)}
    where ctid >= '(${integer(block)},0)'::tid and ctid < '(${integer(block + 1)},0)'::tid`;
}

/** When the rows of each page were created, in the order of `blocks`. */
export function selectPageTimes(leaf: LeafName, blocks: readonly number[]): Statement {
  return join(
    blocks.map(
      (block) => statement`
        select ${integer(block)}::float8 as block, count(*)::int as rows, extract(epoch from min(created_at))::float8 as oldest,
               extract(epoch from max(created_at))::float8 as newest from ${onPage(leaf, block)}`,
    ),
    ' union all ',
  );
}

/** Rows by page and group. $1: created since then, epoch seconds. */
export function selectPageCounts(leaf: LeafName, blocks: readonly number[], group: Statement): Statement {
  const rows = blocks.map(
    (block) => statement`
      select ${integer(block)}::float8 as block, ${group} as grp from ${onPage(leaf, block)} and created_at >= to_timestamp($1::float8)`,
  );
  return statement`select block, grp::text as grp, count(*)::int as rows from (${join(rows, ' union all ')}) r group by block, grp`;
}

/** The rows of a few groups, counted. $1: the groups as text, $2: created since then, epoch seconds. */
export function selectExactCounts(log: Statement, group: Statement, type: 'integer' | 'text'): Statement {
  const groups = type === 'integer' ? statement`$1::text[]::integer[]` : statement`$1::text[]`;
  return statement`
    select ${group}::text as grp, count(*)::float8 as rows from ${log}
     where ${group} = any(${groups}) and created_at >= to_timestamp($2::float8) group by ${group}`;
}
