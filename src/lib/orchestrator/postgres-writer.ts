import type { PostgresWriter } from '../backends/postgres/contract.ts';
import { insertCanaries } from '../backends/postgres/sql/canaries.ts';
import { changeStatuses } from '../backends/postgres/sql/conversations.ts';
import { changeErrorLog, changeInjection } from '../backends/postgres/sql/switches.ts';
import { quotedTables, type TableNames } from '../backends/postgres/sql/tables.ts';
import type { Statement } from '../backends/postgres/statement.ts';
import { SpillwayError } from '../core/errors.ts';
import type { OrchestratorWriter } from './contract.ts';
import type { StatusChange, StatusOutcome } from './records.ts';

/** The changes of the orchestrator in PostgreSQL; see OrchestratorWriter. Connects on first use. */
export function postgresOrchestratorWriter(handle: PostgresWriter, names: TableNames): OrchestratorWriter {
  const tables = quotedTables(names);

  async function changeSwitch(name: string, change: Statement, values: readonly unknown[]): Promise<void> {
    await handle.transaction(async (query) => {
      const rows = await query(change, values);
      if (rows.length === 0)
        throw moved(`the ${name} switch is not set as it was when the plan was made`, {});
    });
  }

  async function changeStatus<Status extends string>(
    table: Statement,
    kind: string,
    changes: readonly StatusChange<Status>[],
    options: { readonly actor: string; readonly whenMoved: 'refuse' | 'skip' },
  ): Promise<StatusOutcome<Status>> {
    if (changes.length === 0) return { changed: [], unchanged: [] };
    return handle.transaction(async (query) => {
      const rows = await query(changeStatuses(table), [
        changes.map((change) => change.id),
        changes.map((change) => change.from.join(',')),
        changes.map((change) => change.to),
        options.actor,
      ]);
      const found = new Map(rows.map((row) => [Number(row.id), row]));
      const changed: { id: number; from: Status; to: Status }[] = [];
      const unchanged: { id: number; found: Status | null }[] = [];
      for (const { id, to } of changes) {
        const row = found.get(id);
        const from = row === undefined ? null : (row.found as Status);
        if (row?.changed === true && from !== null) changed.push({ id, from, to });
        else unchanged.push({ id, found: from });
      }
      if (options.whenMoved === 'refuse' && unchanged.length > 0) {
        const list = unchanged.map((row) => `${kind} ${row.id} is ${row.found ?? 'gone'}`);
        throw moved(list.slice(0, 5).join(', '), { unchanged });
      }
      return { changed, unchanged };
    });
  }

  return {
    setInjection: ({ from, to, actor }) =>
      changeSwitch('injection', changeInjection(tables), [from, to, actor]),
    setErrorLog: ({ from, to, actor }) =>
      changeSwitch('error-log', changeErrorLog(tables), [
        from.mode,
        from.sampleEvery,
        from.expiresAt,
        JSON.stringify({ mode: to.mode, sampleEvery: to.sampleEvery ?? 1, expiresAt: to.expiresAt }),
        actor,
      ]),
    setActivationStatus: (changes, options) =>
      changeStatus(tables.activations, 'activation', changes, options),
    setConversationStatus: (changes, options) =>
      changeStatus(tables.conversations, 'conversation', changes, options),
    createCanaries: (rows) =>
      handle.transaction(async (query) => {
        const values = [rows.map((row) => row.id), rows.map((row) => row.channel)];
        return (await query(insertCanaries(tables), values)).length;
      }),
  };
}

function moved(
  what: string,
  details: { readonly unchanged?: readonly { id: number; found: string | null }[] },
): SpillwayError {
  return new SpillwayError('stale-plan', `${what}. Nothing was changed.`, {
    suggestions: ['run the command again: it makes a new plan'],
    details: { unchanged: (details.unchanged ?? []).map(({ id, found }) => ({ id, found })) },
  });
}
