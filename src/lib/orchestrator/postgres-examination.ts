import { connectionFacts } from '../backends/postgres/connection-facts.ts';
import type { PostgresOptions } from '../backends/postgres/options.ts';
import { postgresReader } from '../backends/postgres/reader.ts';
import { selectServer, selectSystemIdentifier } from '../backends/postgres/sql/identity.ts';
import {
  selectPrivileges,
  selectStatisticsState,
  selectUnreadable,
} from '../backends/postgres/sql/privileges.ts';
import type { TableNames } from '../backends/postgres/sql/tables.ts';
import { identifier } from '../backends/postgres/statement.ts';
import type { PostgresExaminer, PrivilegeSeen } from './examination.ts';
import { createOnDatabase, privilegesNeeded } from './privileges-needed.ts';
import { numberOf, textOf } from './row-values.ts';

export interface PostgresExamined {
  readonly options: PostgresOptions;
  readonly names: TableNames;
  /** The journal is copied to `spillway.journal`. */
  readonly mirrored: boolean;
  /** The lock stands in `spillway.lock`: the target has no Redis. */
  readonly locked: boolean;
  /** This machine's clock, in milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** One role's connection, examined over connections of its own. Connects on first use. */
export function postgresExaminer(examined: PostgresExamined): PostgresExaminer & { close(): Promise<void> } {
  const { options, names, nowMs } = examined;
  const reader = postgresReader(options);
  const role = identifier(options.user).fragment;
  return {
    address: { host: options.host, port: options.port, user: options.user },
    tls: options.tls,
    close: () => reader.close(),
    async seen() {
      const facts = await connectionFacts(options, nowMs);
      const [server] = await reader.query(selectServer);
      const [control] = server?.may_see_identifier === true ? await reader.query(selectSystemIdentifier) : [];
      return {
        database: textOf(server?.database),
        user: textOf(server?.user),
        version: textOf(server?.version),
        versionNumber: numberOf(server?.version_number),
        standby: server?.standby === true,
        systemIdentifier: control === undefined ? null : textOf(control.system_identifier),
        tls: facts.tls,
        pooled: facts.announcedPid !== facts.answeringPid,
        clockAheadMs: facts.serverMs - facts.localMs,
        clockErrorMs: facts.roundTripMs / 2,
      };
    },
    async privileges(work) {
      const wanted = privilegesNeeded(names, examined).filter((one) => work.includes(one.work));
      const needed = [...wanted, createOnDatabase];
      const rows = await reader.query(selectPrivileges, [
        needed.map((one) => one.kind),
        needed.map((one) => one.schema),
        needed.map((one) => one.name),
        needed.map((one) => one.column),
        needed.map((one) => one.privilege),
      ]);
      const held = (index: number) => (rows[index]?.held === null ? null : rows[index]?.held === true);
      const seen = wanted.map(
        (one, index): PrivilegeSeen => ({
          work: one.work,
          name: one.label,
          held: held(index),
          grant: `grant ${one.grant} to ${role};`,
        }),
      );
      const own = (one: PrivilegeSeen) => one.held === null && one.name.includes('spillway');
      const there = seen.filter((one) => !own(one));
      // what is not there yet is made by the first writer, who needs to be allowed to; until then a reader has nothing to read
      const maker = seen.find((one) => own(one) && one.work !== 'look');
      if (maker !== undefined)
        there.push({
          work: maker.work,
          name: `create on database ${options.database}, to make schema spillway`,
          held: held(wanted.length),
          grant: `grant create on database ${identifier(options.database).fragment} to ${role};`,
        });
      return work.includes('purge') ? [...there, await dumpable()] : there;
    },
    async statementStatistics() {
      const [state] = await reader.query(selectStatisticsState);
      if (state?.created !== true) return 'missing';
      return state.loaded === true ? 'ready' : 'unloaded';
    },
  };

  /** A snapshot comes before a purge, and pg_dump stops at the first table that it may not read. */
  async function dumpable(): Promise<PrivilegeSeen> {
    const rows = await reader.query(selectUnreadable);
    const unreadable = rows.map((row) => textOf(row.name));
    const some = unreadable.slice(0, 3).join(', ');
    return {
      work: 'purge',
      name:
        unreadable.length === 0
          ? 'select on every table, for snapshots'
          : `select on every table, for snapshots (not on ${some}${unreadable.length > 3 ? ', …' : ''})`,
      held: unreadable.length === 0,
      grant: `grant pg_read_all_data to ${role};`,
    };
  }
}
