import pg from 'pg';
import type { PostgresConnection } from '../../test/servers/postgres-server.ts';

/** The reference orchestrator's tables, as far as `errors top` reads them. */
const schema = `
create schema orchestrator; set search_path = orchestrator;
create table clients (id integer primary key, name text not null, email text not null);
create table conversations (id integer primary key, client_id integer not null references clients, name text not null, status text not null default 'active',
  updated_at timestamptz not null default now(), updated_by text not null default 'bench');
create table activations (id integer primary key, conversation_id integer not null, status text not null, total_messages bigint, injected_messages bigint not null default 0,
  activated_at timestamptz not null default now(), updated_at timestamptz not null default now(), updated_by text not null default 'bench');
create table error_totals (conversation_id integer primary key, errors bigint not null default 0, last_error_at timestamptz);
create table settings (key text primary key, value jsonb not null, updated_at timestamptz not null default now(), updated_by text not null default 'bench');
create table canaries (id uuid primary key, channel text not null, sent_at timestamptz not null default now(), delivered_at timestamptz);
create table error_log (id bigint generated always as identity, conversation_id integer, activation_id integer, message_id uuid, channel text not null, code text not null,
  detail text not null, created_at timestamptz not null default now());
insert into clients select n, 'Client ' || n, 'bench' from generate_series(1, 40) n;
insert into conversations (id, client_id, name) select n, (n - 1) % 40 + 1, 'Conversation ' || n from generate_series(1, 200) n`;

const columns = 'conversation_id, activation_id, message_id, channel, code, detail, created_at';

/** In the transaction that truncates, nothing of it is logged. 45 days of calm (a fortieth of the rows, by anybody), then 13 minutes in which 8 conversations write 96 % of the rest. Unevenly, and the 200 others share what is left. */
const fill = (rows: number) => `truncate orchestrator.error_log;
insert into orchestrator.error_log (${columns})
  select 1 + floor(random() * 200)::int, 1, gen_random_uuid(), 'email', 'BOUNCE', repeat('d', 40), now() - interval '45 days' + n * interval '44 days' / ${rows / 40}
    from generate_series(1, ${rows / 40}) n;
insert into orchestrator.error_log (${columns})
  select case when r < 0.30 then 11 when r < 0.50 then 22 when r < 0.64 then 33 when r < 0.74 then 44 when r < 0.82 then 55 when r < 0.88 then 66 when r < 0.925 then 77
              when r < 0.96 then 88 else 1 + floor(q * 200)::int end,
         1, gen_random_uuid(), (array['email', 'sms', 'push'])[1 + floor(q * 3)::int], 'EMPTY_ADDRESS', repeat('d', 40), now() - interval '780 s' + n * interval '780 s' / ${rows}
    from (select n, random() r, random() q from generate_series(1, ${rows - rows / 40}) n) storm;
alter table orchestrator.error_log add primary key (id);
commit;
analyze orchestrator.error_log;
select count(*) from orchestrator.error_log`;

/** Makes the tables with so many rows in a new database of the server. */
export async function stormTable(server: PostgresConnection, rows: number): Promise<PostgresConnection> {
  const database = `rows_${rows}`;
  await run(server, [`create database ${database}`]);
  const connection = { ...server, database };
  await run(connection, [schema, 'begin', 'select setseed(0.5)', ...fill(rows).split(';')]);
  return connection;
}

/** Runs statements one by one on one connection; gives the rows of the last. */
export async function run(
  connection: PostgresConnection,
  statements: readonly string[],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ ...connection });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements)
      rows = (await client.query<Record<string, unknown>>(statement)).rows ?? [];
    return rows;
  } finally {
    await client.end();
  }
}
