import { identifier, integer, type Statement, statement } from '../statement.ts';

/** Leaves that are looked at, at most: those most written to. */
const mostLeaves = 64;

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

/**
 * One answer a page. The page's bounds must come to the table as parameters: only then is the planner's choice a TID range scan. A correlated subquery does that and is planned once;
 * a join never does, and a branch for each page costs ten times as much to plan as to read. $1: the pages.
 */
function eachPage(answer: (onPage: Statement) => Statement, leaf: LeafName): Statement {
  const onPage = statement`${identifier(leaf.schema)}.${identifier(leaf.name)} where ctid >= page.first and ctid < page.next`;
  return statement`
    select page.block::float8 as block, (${answer(onPage)}) as answer
      from (select block, ('(' || block || ',0)')::tid as first, ('(' || block + 1 || ',0)')::tid as next from unnest($1::bigint[]) block offset 0) page`;
}

/** When the rows of each page were created: [rows, oldest, newest], epoch seconds. */
export function selectPageTimes(leaf: LeafName): Statement {
  return eachPage(
    (onPage) => statement`
      select json_build_array(count(*), extract(epoch from min(created_at))::float8, extract(epoch from max(created_at))::float8) from ${onPage}`,
    leaf,
  );
}

/** Rows by page and group: [[group, rows], …], or null for a page without any. $2: created since then, epoch seconds. */
export function selectPageCounts(leaf: LeafName, group: Statement): Statement {
  return eachPage(
    (onPage) => statement`
      select json_agg(json_build_array(counted.grp, counted.rows))
        from (select ${group}::text as grp, count(*) as rows from ${onPage} and created_at >= to_timestamp($2::float8) group by ${group}) counted`,
    leaf,
  );
}

/** The rows of a few groups, counted. $1: the groups as text, $2: created since then, epoch seconds. */
export function selectExactCounts(log: Statement, group: Statement, type: 'integer' | 'text'): Statement {
  const groups = type === 'integer' ? statement`$1::text[]::integer[]` : statement`$1::text[]`;
  return statement`
    select ${group}::text as grp, count(*)::float8 as rows from ${log}
     where ${group} = any(${groups}) and created_at >= to_timestamp($2::float8) group by ${group}`;
}
