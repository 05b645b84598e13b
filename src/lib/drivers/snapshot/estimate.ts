import { mkdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SpillwayError } from '../../core/errors.ts';
import { typedCommand } from '../../core/typed-command.ts';
import type { SnapshotEstimate, SnapshotTable } from './driver.ts';
import { dumpArguments, type PgDumpOptions } from './pg-dump-options.ts';
import {
  type DatabaseFactsRow,
  type DumpedTableRow,
  databaseFacts,
  dumpedTables,
  systemIdentifier,
} from './statements.ts';

/** The estimate, and every table that the dump must hold. */
export interface DumpEstimate extends SnapshotEstimate {
  readonly allTables: readonly SnapshotTable[];
}

const shownTables = 20;

/** Measures what a dump would take; see SnapshotReader.estimate. */
export async function estimateDump(options: PgDumpOptions, id: string): Promise<DumpEstimate> {
  const [facts] = await options.database.query<DatabaseFactsRow>(databaseFacts);
  if (facts === undefined) throw new SpillwayError('failed', 'PostgreSQL gave no answer about its database.');
  const rows = await options.database.query<DumpedTableRow>(dumpedTables);
  const programs = await options.findPostgres();
  const serverMajor = Math.floor(facts.serverVersionNumber / 10_000);
  if (programs.major < serverMajor) {
    throw new SpillwayError(
      'failed',
      `pg_dump ${programs.version} cannot copy a server of version ${facts.serverVersion}: it must be at least as new.`,
      {
        suggestions: [
          `install the PostgreSQL ${serverMajor} client programs`,
          'set SPILLWAY_PG_BIN to the folder that holds them',
        ],
        details: { toolVersion: programs.version, serverVersion: facts.serverVersion },
      },
    );
  }
  const allTables = rows.map((row) => ({
    name: `${row.schema}.${row.name}`,
    rowsEstimate: row.rowsEstimate,
    bytes: row.bytes,
  }));
  return {
    database: facts.database,
    databaseBytes: facts.bytes,
    freeBytes: await freeBytes(options.folder),
    folder: options.folder,
    systemIdentifier: await identifierOf(options),
    serverVersion: facts.serverVersion,
    toolVersion: programs.version,
    tables: allTables.slice(0, shownTables),
    command: typedCommand([
      join(programs.binDir, 'pg_dump'),
      ...dumpArguments(options, join(options.folder, id, 'dump')),
      `--dbname=${facts.database}`,
    ]),
    allTables,
  };
}

async function identifierOf(options: PgDumpOptions): Promise<string | null> {
  try {
    const [row] = await options.database.query<{ systemIdentifier: string }>(systemIdentifier);
    return row?.systemIdentifier ?? null;
  } catch (error) {
    // a role without the privilege still may make snapshots; the manifest then says that the cluster is not identified
    if (error instanceof SpillwayError && error.details.sqlState === '42501') return null;
    throw error;
  }
}

/** Free bytes of the file system that holds the folder or, while it does not exist, its nearest parent: planning makes no folder. */
async function freeBytes(folder: string): Promise<number> {
  try {
    const system = await statfs(folder);
    return system.bavail * system.bsize;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT' && dirname(folder) !== folder) {
      return freeBytes(dirname(folder));
    }
    throw error;
  }
}

/** Makes the folder of the snapshots, for its owner only. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}
