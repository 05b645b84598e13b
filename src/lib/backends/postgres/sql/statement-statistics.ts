import { identifier, type Statement, statement } from '../statement.ts';

/** Where the extension is, and whether its times are called `total_exec_time` (1.8, PostgreSQL 13) or `total_time`. */
export const selectStatisticsExtension = statement`
  select n.nspname as schema, string_to_array(e.extversion, '.')::int[] >= array[1, 8] as exec_time
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_stat_statements'`;

/** Counters without texts, users summed; what other users ran is one row without an id for a role that may not see it. The sum over several users of one statement is what a person means by it. */
export function selectStatementCounters(schema: string, execTime: boolean): Statement {
  const total = identifier(execTime ? 'total_exec_time' : 'total_time');
  return statement`
    select extract(epoch from clock_timestamp())::float8 as at, queryid::text as id, sum(calls)::float8 as calls, sum(${total})::float8 as total_ms, sum(rows)::float8 as rows, count(*)::int as entries
      from ${identifier(schema)}.pg_stat_statements(false)
     where dbid = (select oid from pg_database where datname = current_database()) group by queryid`;
}

/** $1 ids. Reads the whole text file once. */
export function selectStatementTexts(schema: string): Statement {
  return statement`
    select queryid::text as id, left(min(query), 2000) as text from ${identifier(schema)}.pg_stat_statements(true)
     where queryid = any($1::bigint[]) and dbid = (select oid from pg_database where datname = current_database()) group by queryid`;
}
