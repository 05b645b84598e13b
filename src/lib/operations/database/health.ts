import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { CatalogueOperation } from '../access.ts';
import { findingOf } from './finding.ts';
import { type Measured, measureWindow } from './measure.ts';
import { isUnavailable } from './view.ts';

const input = z.strictObject({
  windowSeconds: z.number().min(0.5).max(60).default(2).describe('time over which rates are taken'),
  samples: z.int().min(1).max(100).default(8).describe('samples of the sessions within the window'),
  statements: z.int().min(1).max(50).default(8).describe('slowest statements to show'),
});

/** Data of `database.health`. Each view was taken by itself: one that is unavailable says why and what would help. */
export interface DatabaseHealthData extends Measured {
  /** What stands out, in one sentence. */
  readonly finding: string;
  readonly windowSeconds: number;
  /**
   * Milliseconds that an error spends in statements on the error-log tables, from the samples: sessions at work on them on average, divided by the inserts a second
   * (Little's law). Rough, but needs no extension. Null without errors.
   */
  readonly errorWriteMs: number | null;
}

/** `database.health`: what the sessions wait for, who blocks whom, the slowest statements, and the writes to the error-log tables, over a few seconds. */
export const databaseHealth: CatalogueOperation<z.output<typeof input>, DatabaseHealthData> = diagnosis({
  id: 'database.health',
  title: 'Look at what the database is busy with',
  input,
  async measure(context, options) {
    const measured = await measureWindow(context, options);
    const finding = findingOf(measured);
    const errorWriteMs = sampledWriteMs(measured);
    return {
      summary: finding,
      data: { finding, windowSeconds: options.windowSeconds, errorWriteMs, ...measured },
    };
  },
});

function sampledWriteMs({ sessions, errorLog }: Measured): number | null {
  if (isUnavailable(sessions) || isUnavailable(errorLog) || errorLog.errorsPerSecond <= 0) return null;
  const working = sessions.groups.filter((group) => group.state === 'active');
  const onErrorLog = working.reduce((sum, group) => sum + group.onErrorLog, 0);
  return onErrorLog === 0 ? null : (onErrorLog / errorLog.errorsPerSecond) * 1_000;
}
