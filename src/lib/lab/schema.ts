import { readFileSync } from 'node:fs';
import type { Client } from 'pg';
import { openPostgres } from './connections.ts';
import { databaseName, roles } from './names.ts';
import { hasStatementStatistics } from './postgres-cluster.ts';
import { type LabRecord, readSecret } from './record.ts';
import { seedTables } from './seed.ts';

/**
 * Makes roles, database, tables and seed. Safe to call again after an interruption: what is incomplete is made anew.
 * @returns the cluster's system identifier
 */
export async function prepareDatabase(record: LabRecord): Promise<string> {
  const access = {
    port: record.postgres.port,
    user: roles.admin,
    password: readSecret(record.layout, 'postgres-admin'),
    applicationName: 'lab up',
  };
  const server = await openPostgres({ ...access, database: 'postgres' });
  try {
    await makeRoles(server, record);
    const known = await server.query('select 1 from pg_database where datname = $1', [databaseName]);
    if (known.rowCount === 0) await server.query(`create database ${databaseName}`);
  } finally {
    await server.end();
  }
  const client = await openPostgres(access);
  try {
    await client.query('begin');
    const known = await client.query("select 1 from pg_namespace where nspname = 'orchestrator'");
    if (known.rowCount === 0) {
      await client.query(readFileSync(new URL('./sql/schema.sql', import.meta.url), 'utf8'));
      await seedTables(client);
      // Spillway keeps its mirror of the journal in a schema of its own
      await client.query(`grant create on database ${databaseName} to ${roles.operator}`);
    }
    await client.query('commit');
    if (hasStatementStatistics(record.postgres.binDir))
      await client.query('create extension if not exists pg_stat_statements');
    const control = await client.query<{ identifier: string }>(
      'select system_identifier::text as identifier from pg_control_system()',
    );
    return control.rows[0]?.identifier ?? '';
  } finally {
    await client.end();
  }
}

async function makeRoles(server: Client, record: LabRecord): Promise<void> {
  const wanted = [
    { name: roles.orchestrator, secret: 'postgres-orchestrator', member: [] },
    { name: roles.operator, secret: 'postgres-spillway', member: ['pg_monitor', 'pg_signal_backend'] },
    { name: roles.reader, secret: 'postgres-reader', member: ['pg_monitor'] },
  ] as const;
  for (const { name, secret, member } of wanted) {
    const password = server.escapeLiteral(readSecret(record.layout, secret));
    const known = await server.query('select 1 from pg_roles where rolname = $1', [name]);
    await server.query(
      `${known.rowCount === 0 ? 'create' : 'alter'} role ${name} login password ${password}`,
    );
    for (const group of member) await server.query(`grant ${group} to ${name}`);
  }
}
