import type { JournalCopy } from '../../journal/copy.ts';
import type { PostgresReader, PostgresWriter } from './contract.ts';
import { statement } from './statement.ts';

const present = statement`select to_regclass('spillway.journal') is not null as present`;
const headOf = statement`select seq::int as seq, hash from spillway.journal where file = $1 order by seq desc limit 1`;
export const ensureJournalSchema = statement`create schema if not exists spillway`;
export const ensureJournalTable = statement`
  create table if not exists spillway.journal (
    file uuid not null, seq bigint not null, target text not null, line text not null, hash text not null,
    copied_at timestamptz not null default clock_timestamp(), primary key (file, seq))`;
const addLines = statement`
  insert into spillway.journal (file, seq, target, line, hash)
  select $1, seq, $2, line, hash from unnest($3::bigint[], $4::text[], $5::text[]) as new (seq, line, hash)
  on conflict do nothing`;

/** The journal's copy in the target's own Postgres: `spillway.journal`, which this program only ever inserts into. */
export function postgresJournalCopy(reader: PostgresReader, writer: PostgresWriter): JournalCopy {
  return {
    async head(file) {
      const [table] = await reader.query<{ present: boolean }>(present);
      if (table?.present !== true) return null;
      const [row] = await reader.query<{ seq: number; hash: string }>(headOf, [file]);
      return row ?? null;
    },
    async add(file, target, lines) {
      await writer.transaction(async (query) => {
        const [table] = await query<{ present: boolean }>(present);
        if (table?.present !== true) {
          await query(ensureJournalSchema);
          await query(ensureJournalTable);
        }
        await query(addLines, [
          file,
          target,
          lines.map(({ seq }) => seq),
          lines.map(({ line }) => line),
          lines.map(({ hash }) => hash),
        ]);
      });
    },
  };
}
