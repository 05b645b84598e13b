import { join } from 'node:path';
import { minimalEnvironment, runProgram } from '../../backends/program.ts';
import { visible } from '../../core/visible.ts';
import type { SnapshotFinding } from './driver.ts';
import type { PgDumpOptions } from './pg-dump-options.ts';

/** Reads the table of contents of a dump by `pg_restore --list` and looks for the rows of every expected table (`schema.table`). */
export async function contentsFinding(
  options: PgDumpOptions,
  dump: string,
  expected: readonly string[],
  signal?: AbortSignal,
): Promise<SnapshotFinding> {
  const name = 'table of contents';
  const { binDir } = await options.findPostgres();
  const end = await runProgram([join(binDir, 'pg_restore'), '--list', dump], {
    environment: minimalEnvironment(options.environment),
    timeoutMs: 60_000,
    signal,
    keepBytes: 64 * 1024 * 1024,
  });
  signal?.throwIfAborted();
  if (end.how !== 'exited' || end.exitCode !== 0) {
    const said = visible(end.stderr.trim()).slice(-300);
    return { name, ok: false, detail: `pg_restore --list ended with code ${end.exitCode}: ${said}` };
  }
  const held = tablesWithRows(end.stdout);
  const missing = expected.filter((table) => !held.some((entry) => entry.startsWith(`${tocName(table)} `)));
  if (missing.length > 0) {
    return { name, ok: false, detail: `rows missing of ${visible(missing.slice(0, 5).join(', '))}` };
  }
  return {
    name,
    ok: true,
    detail: `${held.length.toLocaleString('en')} tables with their rows, all ${expected.length.toLocaleString('en')} expected ones among them`,
  };
}

/** `schema table owner` of each entry such as `3345; 0 16390 TABLE DATA orchestrator clients postgres`. */
function tablesWithRows(list: string): string[] {
  const entries: string[] = [];
  for (const line of list.split('\n')) {
    const entry = /^\d+; \d+ \d+ TABLE DATA (.+)$/.exec(line)?.[1];
    if (entry !== undefined) entries.push(`${tocName(entry)} `);
  }
  return entries;
}

/** The list separates schema and table by a space and replaces line ends in names; dots are levelled on both sides, so that a name may hold them. */
function tocName(table: string): string {
  return table.replace(/[.\r\n]/g, ' ');
}
