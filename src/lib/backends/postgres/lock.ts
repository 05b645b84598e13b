import { SpillwayError } from '../../core/errors.ts';
import type { LockHolder, LockHome } from '../../core/lock.ts';
import type { PostgresReader, PostgresWriter } from './contract.ts';
import { statement } from './statement.ts';

const present = statement`select to_regclass('spillway.lock') is not null as present`;
// two that create it at once would meet in the catalogue's unique indexes, and one would fail instead of learning who holds the lock
const oneAtATime = statement`select pg_advisory_xact_lock(hashtext('spillway.lock'))`;
const ensureSchema = statement`create schema if not exists spillway`;
export const ensureLockTable = statement`
  create table if not exists spillway.lock (
    name text primary key, token bigint not null, holder jsonb, expires_at timestamptz not null)`;
const ensureRow = statement`insert into spillway.lock (name, token, holder, expires_at) values ('target', 0, null, now()) on conflict do nothing`;
const readRow = statement`select holder::text as holder, expires_at > clock_timestamp() and holder is not null as held from spillway.lock where name = 'target' for update`;
const takeRow = statement`
  update spillway.lock set token = token + 1, holder = $1::jsonb, expires_at = clock_timestamp() + $2::float8 * interval '1 millisecond'
   where name = 'target' returning token::int as token`;
const confirmRow = statement`
  update spillway.lock set expires_at = clock_timestamp() + $2::float8 * interval '1 millisecond'
   where name = 'target' and token = $1 and holder is not null and expires_at > clock_timestamp() returning 1 as held`;
const releaseRow = statement`update spillway.lock set holder = null where name = 'target' and token = $1`;
const inspectRow = statement`select holder::text as holder from spillway.lock where name = 'target' and holder is not null and expires_at > clock_timestamp()`;

/** The lock of a target that has no Redis: one row in its own Postgres. Errors as for PostgresWriter. */
export function postgresLock(reader: PostgresReader, writer: PostgresWriter, lifetimeMs = 20_000): LockHome {
  return {
    lifetimeMs,
    async acquire(holder, takeOver) {
      return writer.transaction(async (query) => {
        // `create schema if not exists` asks for the privilege to create one even where it exists: a table that was made for this role is used as it is.
        const [table] = await query<{ present: boolean }>(present);
        if (table?.present !== true) {
          await query(oneAtATime);
          await query(ensureSchema);
          await query(ensureLockTable);
        }
        await query(ensureRow);
        const [row] = await query<{ holder: string | null; held: boolean }>(readRow);
        const current =
          row?.held === true && row.holder !== null ? (JSON.parse(row.holder) as LockHolder) : null;
        if (
          current !== null &&
          (takeOver === null || current.runId !== takeOver.runId || current.since !== takeOver.since)
        ) {
          return { acquired: false, holder: current };
        }
        const [taken] = await query<{ token: number }>(takeRow, [JSON.stringify(holder), lifetimeMs]);
        if (taken === undefined) throw new SpillwayError('failed', 'the lock row of spillway.lock is gone');
        return { acquired: true, token: taken.token, tookOverFrom: current };
      });
    },
    confirm: (token) =>
      writer.transaction(async (query) => (await query(confirmRow, [token, lifetimeMs])).length === 1),
    async release(token) {
      await writer.transaction((query) => query(releaseRow, [token]));
    },
    async inspect() {
      const [table] = await reader.query<{ present: boolean }>(present);
      if (table?.present !== true) return null;
      const [row] = await reader.query<{ holder: string }>(inspectRow);
      return row === undefined ? null : (JSON.parse(row.holder) as LockHolder);
    },
  };
}
