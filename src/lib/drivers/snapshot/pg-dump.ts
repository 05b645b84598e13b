import { createDump } from './create.ts';
import type { SnapshotReader, SnapshotWriter } from './driver.ts';
import { estimateDump } from './estimate.ts';
import { listDumps, showDump } from './listing.ts';
import type { PgDumpOptions } from './pg-dump-options.ts';
import { verifyDump } from './verification.ts';

/** Snapshots by `pg_dump` in directory format, each in a folder of its own with a manifest. Does no I/O itself. */
export function pgDumpSnapshots(options: PgDumpOptions): {
  readonly reader: SnapshotReader;
  readonly writer: SnapshotWriter;
} {
  return {
    reader: {
      async estimate(id) {
        const { allTables: _, ...estimate } = await estimateDump(options, id);
        return estimate;
      },
      list: () => listDumps(options.folder),
      show: (id) => showDump(options.folder, id),
      verify: (id, signal) => verifyDump(options, id, signal),
    },
    writer: {
      create: (request, work) => createDump(options, request, work),
    },
  };
}
