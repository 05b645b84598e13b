import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { PostgresReader, PostgresWriter } from '../../../src/lib/backends/postgres/contract.ts';
import type { PostgresOptions } from '../../../src/lib/backends/postgres/options.ts';
import { postgresReader } from '../../../src/lib/backends/postgres/reader.ts';
import type { TableNames } from '../../../src/lib/backends/postgres/sql/tables.ts';
import { postgresWriter } from '../../../src/lib/backends/postgres/writer.ts';
import { createDatabase, type TestDatabase } from '../../servers/database.ts';
import type { PostgresConnection } from '../../servers/postgres-server.ts';

export const names: TableNames = {
  schema: 'orchestrator',
  clients: 'clients',
  conversations: 'conversations',
  activations: 'activations',
  errorLog: 'error_log',
  errorTotals: 'error_totals',
  settings: 'settings',
  canaries: 'canaries',
};

/** 3 clients; conversations 1–9, three a client; activations 10·conversation (injecting), +1 (scheduled), +2 (completed). */
export const orchestratorSchema = `
create schema orchestrator;
set search_path = orchestrator;
create table clients (id integer primary key, name text not null, email text not null);
create table conversations (id integer primary key, client_id integer not null references clients, name text not null,
  status text not null default 'active' check (status in ('active', 'stopped')), updated_at timestamptz not null default now(), updated_by text not null default 'seed');
create table activations (id integer primary key, conversation_id integer not null references conversations,
  status text not null check (status in ('scheduled', 'injecting', 'paused', 'completed', 'cancelled')), total_messages bigint,
  injected_messages bigint not null default 0, activated_at timestamptz not null default now(), updated_at timestamptz not null default now(), updated_by text not null default 'seed');
create table error_log (id bigint generated always as identity primary key, conversation_id integer, activation_id integer, message_id uuid, channel text not null,
  code text not null, detail text not null, created_at timestamptz not null default now());
create table error_totals (conversation_id integer primary key, errors bigint not null default 0, last_error_at timestamptz);
create table settings (key text primary key, value jsonb not null, updated_at timestamptz not null default now(), updated_by text not null default 'seed');
create table canaries (id uuid primary key, channel text not null, sent_at timestamptz not null default now(), delivered_at timestamptz);
insert into clients select n, 'Client ' || n, 'c' || n || '@example.test' from generate_series(1, 3) n;
insert into conversations (id, client_id, name) select n, (n - 1) / 3 + 1, 'Conversation ' || n from generate_series(1, 9) n;
insert into activations (id, conversation_id, status, total_messages, injected_messages)
  select 10 * v + k, v, (array['injecting', 'scheduled', 'completed'])[k + 1], 1000, (array[400, 0, 1000])[k + 1]
    from generate_series(1, 9) v, generate_series(0, 2) k;
insert into settings (key, value) values ('injection', '{"state": "on"}'), ('error_log', '{"mode": "full", "sampleEvery": 1, "expiresAt": null}');
`;

export interface OrchestratorDatabase extends TestDatabase {
  readonly reader: PostgresReader;
  readonly writer: PostgresWriter;
  /** Handles of another role, closed with the test. */
  as(user: string, password: string): { readonly reader: PostgresReader; readonly writer: PostgresWriter };
  /** Every row of every table as one text, to compare before and after. */
  contents(): Promise<string>;
}

/** A database with the reference orchestrator's tables, gone after the test. */
export async function orchestratorDatabase(): Promise<OrchestratorDatabase> {
  const database = await createDatabase();
  const closing: { close(): Promise<void> }[] = [];
  onTestFinished(async () => {
    for (const handle of closing) await handle.close();
    await database.drop();
  });
  await database.query(orchestratorSchema);
  const as = (user: string, password: string) => {
    const options = optionsFor({ ...database, user, password });
    const handles = { reader: postgresReader(options), writer: postgresWriter(options) };
    closing.push(handles.reader, handles.writer);
    return handles;
  };
  const contents = async () => {
    const parts: string[] = [];
    for (const table of [
      'clients',
      'conversations',
      'activations',
      'error_log',
      'error_totals',
      'settings',
      'canaries',
    ]) {
      const rows = await database.query(`select t::text as row from orchestrator.${table} t order by 1`);
      parts.push(table, ...rows.map((row) => String(row.row)));
    }
    return parts.join('\n');
  };
  return { ...database, ...as(database.user, database.password), as, contents };
}

/** How the tool connects to a server of the tests. */
export function optionsFor(connection: PostgresConnection): PostgresOptions {
  const { host, port, database, user, password } = connection;
  return {
    ...{ host, port, database, user, password: async () => password, tls: 'disable' },
    ...{ connectTimeoutMs: 4_000, statementTimeoutMs: 5_000, applicationName: 'spillway' },
  };
}

/** A login role of the shared server that may do nothing yet; removed after the test (registered before the database's removal runs). */
export async function createRole(
  database: TestDatabase,
): Promise<{ readonly user: string; readonly password: string }> {
  const user = `role_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  await database.query(`create role ${user} login password 'role-password'`);
  onTestFinished(async () => {
    await database.query(`drop owned by ${user}; drop role ${user}`);
  });
  return { user, password: 'role-password' };
}
