import { readFile } from 'node:fs/promises';
import type { PostgresConnection } from '../../test/servers/postgres-server.ts';
import { run } from './storm-table.ts';

/** Processor time of a process so far, in seconds; Linux counts hundredths. `children`: of its children that have ended. */
export async function processorSeconds(pid: number, whose: 'own' | 'children' = 'own'): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const first = whose === 'own' ? 11 : 13;
  return (Number(fields[first]) + Number(fields[first + 1])) / 100;
}

/** The server process of the session through which `errors top` reads. */
export async function readingSession(connection: PostgresConnection): Promise<number> {
  const [row] = await run(connection, [
    "select pid from pg_stat_activity where application_name = 'spillway-bench'",
  ]);
  return Number(row?.pid);
}
