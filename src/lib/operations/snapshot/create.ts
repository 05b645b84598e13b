import { z } from 'zod';
import { nobody } from '../../core/plan.ts';
import {
  megabytes,
  mustFit,
  type SnapshotEstimate,
  type SnapshotRequest,
} from '../../drivers/snapshot/driver.ts';
import type { CatalogueOperation } from '../access.ts';
import { snapshotIdOf } from './guard.ts';
import { newSnapshotId } from './snapshot-id.ts';

const input = z.strictObject({
  incidentRef: z.string().min(1).nullable().optional().describe('id of the incident that it is made for'),
});

/** What a plan of `snapshot.create` carries. `snapshotId` is decided here, so that a resumed run recognises its snapshot. */
export interface SnapshotCreateData {
  readonly snapshotId: string;
  readonly request: SnapshotRequest;
  readonly estimate: SnapshotEstimate;
}

/**
 * `snapshot.create`: a verified copy of the database before anything destructive. Reversible in the sense that it changes nothing in the target:
 * it reads the database and writes files on this machine. Undo keeps the files and says so; a snapshot is never deleted by the tool.
 */
export const snapshotCreate: CatalogueOperation<z.output<typeof input>, SnapshotCreateData> = {
  id: 'snapshot.create',
  title: 'Make a verified snapshot of the database',
  impact: 'reversible',
  input,

  async plan(context, { incidentRef }) {
    const now = context.clock.now();
    const id = newSnapshotId(now);
    const estimate = await context.read.snapshots.estimate(id, context.signal);
    mustFit(estimate);
    const request: SnapshotRequest = {
      id,
      target: context.target,
      incident: incidentRef ?? null,
      operator: context.actor,
      requestedAt: now.toISOString(),
    };
    return {
      operation: 'snapshot.create',
      target: context.target,
      summary: `Copy database ${estimate.database} (${megabytes(estimate.databaseBytes)}) by pg_dump ${estimate.toolVersion} and verify the copy.`,
      basis: {
        measuredAt: now.toISOString(),
        facts: [
          { name: 'database', value: estimate.database, tolerance: 'exact' },
          { name: 'system identifier', value: estimate.systemIdentifier, tolerance: 'exact' },
        ],
      },
      changes: [
        {
          id: 'snapshot',
          target: `snapshot of database ${estimate.database}`,
          action: 'create',
          count: 1,
          before: null,
          after: { id: request.id, folder: estimate.folder, atMostBytes: estimate.databaseBytes },
        },
      ],
      blastRadius: nobody,
      irreversible: [],
      commands: [estimate.command],
      notes: [
        `Up to ${megabytes(estimate.databaseBytes)} of ${megabytes(estimate.freeBytes)} free in ${estimate.folder}; compressed and without indexes it takes less.`,
        'While it runs, TRUNCATE and ALTER TABLE wait for it, and vacuum cannot remove rows that it still sees. Reads and writes go on.',
        ...(estimate.systemIdentifier === null
          ? [
              'This role may not read the cluster’s system identifier; the manifest will not name the cluster.',
            ]
          : []),
      ],
      data: { snapshotId: request.id, request, estimate },
    };
  },

  async apply(context, plan) {
    const [change] = plan.changes;
    if (change === undefined) throw new RangeError('the plan has no change');
    const { request } = plan.data;
    await context.step(change, { snapshotId: request.id }, async (write) => {
      const manifest = await write.snapshots.create(request, {
        signal: context.signal,
        progress: context.progress,
      });
      return {
        snapshotId: manifest.id,
        createdAt: manifest.createdAt,
        totalBytes: manifest.totalBytes,
        files: manifest.files.length,
        restoreCommand: manifest.restoreCommand,
      };
    });
  },

  async verify(context, plan) {
    const { findings } = await context.read.snapshots.verify(plan.data.snapshotId, context.signal);
    return findings.map(({ name, ok, detail }) => ({ name: `snapshot ${name}`, ok, detail }));
  },

  async undo(context) {
    context.progress(
      'A snapshot changes nothing in the target: there is nothing to undo, and its files are kept.',
    );
  },

  async probe(context, step) {
    const id = snapshotIdOf(step.undo);
    if (id === null) return 'unknown';
    const entries = await context.read.snapshots.list();
    return entries.some((entry) => entry.id === id && entry.status === 'good') ? 'done' : 'partial';
  },
};
