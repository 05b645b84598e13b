import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { CatalogueOperation } from '../access.ts';
import type { RankedFinding } from './finding.ts';
import { type Blind, judge } from './judge.ts';
import type { Measurements } from './measurements.ts';
import { takeMeasurements } from './take.ts';

const input = z.strictObject({
  windowSeconds: z.number().min(0.5).max(30).default(2).describe('time over which rates are taken'),
  limitSeconds: z
    .number()
    .min(1)
    .max(60)
    .default(8)
    .describe('when the last measurement is given up; what is not there by then is reported as missing'),
  incidentOpen: z.boolean().nullable().default(null).describe('whether somebody is already at work on it'),
});

/** Data of `diagnose.run` (`spillway/diagnose/1`). */
export interface DiagnoseData {
  readonly measuredAt: string;
  /** From the first question to the last answer. */
  readonly tookSeconds: number;
  readonly windowSeconds: number;
  /** Most probable cause first; never empty. */
  readonly findings: readonly RankedFinding[];
  /** What could not be seen, and why. */
  readonly blind: readonly Blind[];
  /** The measurements that the findings were judged from. */
  readonly measurements: Measurements;
}

/** `diagnose.run`: what is wrong, by whom, how sure, and what to type next. Works with what answers, and never waits past its limit. */
export const diagnoseRun: CatalogueOperation<z.output<typeof input>, DiagnoseData> = diagnosis({
  id: 'diagnose.run',
  title: 'Find the cause and the culprits',
  input,
  async measure(context, options) {
    const beganMs = context.clock.monotonicMs();
    const measurements = await takeMeasurements(context, options);
    const { findings, blind } = judge(measurements);
    const data: DiagnoseData = {
      measuredAt: measurements.measuredAt,
      tookSeconds: (context.clock.monotonicMs() - beganMs) / 1_000,
      windowSeconds: options.windowSeconds,
      findings,
      blind,
      measurements,
    };
    return { summary: findings[0]?.what ?? '', data };
  },
});
