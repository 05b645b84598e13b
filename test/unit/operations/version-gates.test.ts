import { expect, test } from 'vitest';
import {
  selectCheckpointCounts,
  selectIoCounts,
  selectWalCounts,
} from '../../../src/lib/backends/postgres/sql/server-wal.ts';

const versions = [140_000, 150_000, 160_000, 170_000, 180_000];

/** The versions, as `server_version_num`, whose statement names something. */
function naming(statementOf: (versionNumber: number) => { readonly text: string }, name: string): number[] {
  return versions.filter((version) => new RegExp(`\\b${name}\\b`).test(statementOf(version).text));
}

test('columns that PostgreSQL 17 and 18 moved are asked for where they are', () => {
  expect(naming(selectWalCounts, 'wal_sync')).toEqual([140_000, 150_000, 160_000, 170_000]);
  const checkpoints = (version: number) => selectCheckpointCounts(version, true);
  expect(naming(checkpoints, 'pg_stat_bgwriter')).toEqual([140_000, 150_000, 160_000]);
  expect(naming(checkpoints, 'pg_stat_checkpointer')).toEqual([170_000, 180_000]);
  expect(naming(selectIoCounts, 'op_bytes')).toEqual([140_000, 150_000, 160_000, 170_000]);
  expect(naming(selectIoCounts, 'extend_bytes')).toEqual([180_000]);
});

test('the control file is not asked by a role that may not see it', () => {
  expect(selectCheckpointCounts(150_000, false).text).not.toContain('pg_control_checkpoint');
});
