import type { PostgresReader } from '../backends/postgres/contract.ts';
import { selectCanaries } from '../backends/postgres/sql/canaries.ts';
import {
  selectActivations,
  selectClients,
  selectConversations,
} from '../backends/postgres/sql/conversations.ts';
import { selectServer, selectSystemIdentifier } from '../backends/postgres/sql/identity.ts';
import { selectSwitches } from '../backends/postgres/sql/switches.ts';
import { quotedTables, type TableNames } from '../backends/postgres/sql/tables.ts';
import type { OrchestratorReader } from './contract.ts';
import { logAccess, readErrorLogCounters, readErrorLogTail } from './postgres-error-log.ts';
import { readErrorLogExact, readErrorLogLayout, readErrorLogPages } from './postgres-error-pages.ts';
import type { TableLabels } from './records.ts';
import { activationOf, canaryOf, conversationOf, errorLogOf, injectionOf } from './rows.ts';

/** The orchestrator in PostgreSQL, as the target's configuration maps it. Connects on first use. Throws `RangeError` for an empty table name. */
export function postgresOrchestratorReader(handle: PostgresReader, names: TableNames): OrchestratorReader {
  const tables = quotedTables(names);
  const access = logAccess(handle, names);

  async function clients(ids?: readonly number[]) {
    const rows = await handle.query(selectClients(tables), [ids ?? null]);
    return rows.map((row) => ({ id: Number(row.id), name: String(row.name) }));
  }

  async function conversations(filter: Parameters<OrchestratorReader['conversations']>[0]) {
    const { ids = null, clientIds = null, status = null, limit } = filter;
    const rows = await handle.query(selectConversations(tables), [ids, clientIds, status, limit]);
    return rows.map(conversationOf);
  }

  const { schema, ...unqualified } = names;
  const label = (table: keyof TableLabels) => `${schema}.${unqualified[table]}`;

  return {
    tables: {
      clients: label('clients'),
      conversations: label('conversations'),
      activations: label('activations'),
      errorLog: label('errorLog'),
      errorTotals: label('errorTotals'),
      settings: label('settings'),
      canaries: label('canaries'),
    },
    clients,
    conversations,
    async activations({ ids = null, clientIds = null, conversationIds = null, statuses = null, limit }) {
      const values = [ids, clientIds, conversationIds, statuses, limit];
      const rows = await handle.query(selectActivations(tables), values);
      return rows.map(activationOf);
    },
    async switches() {
      const rows = await handle.query(selectSwitches(tables));
      return {
        injection: injectionOf(rows.find((row) => row.key === 'injection')),
        errorLog: errorLogOf(rows.find((row) => row.key === 'error_log')),
      };
    },
    async names({ clientIds = [], conversationIds = [] }) {
      const [known, named] = await Promise.all([
        clientIds.length === 0 ? [] : clients(clientIds),
        conversationIds.length === 0
          ? []
          : conversations({ ids: conversationIds, limit: conversationIds.length }),
      ]);
      return {
        clients: new Map([
          ...named.map((one) => [one.clientId, one.client] as const),
          ...known.map((one) => [one.id, one.name] as const),
        ]),
        conversations: new Map(
          named.map(({ id, name, clientId, client }) => [id, { name, clientId, client }]),
        ),
      };
    },
    errorLogCounters: () => readErrorLogCounters(handle, names),
    errorLogTail: (request) => readErrorLogTail(handle, names, access, request),
    errorLogLayout: () => readErrorLogLayout(handle, names),
    errorLogPages: (work) => readErrorLogPages(handle, access, work),
    errorLogExact: (request) => readErrorLogExact(handle, names, access, request),
    async canaries(ids) {
      const rows = await handle.query(selectCanaries(tables), [ids]);
      return rows.map(canaryOf);
    },
    async identity() {
      const [server] = await handle.query(selectServer);
      const [control] = server?.may_see_identifier === true ? await handle.query(selectSystemIdentifier) : [];
      return {
        systemIdentifier: control === undefined ? null : String(control.system_identifier),
        database: String(server?.database),
        user: String(server?.user),
        version: String(server?.version),
        versionNumber: Number(server?.version_number),
        standby: server?.standby === true,
      };
    },
  };
}
