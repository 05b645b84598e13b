import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { ErrorLogMode, ErrorLogSetting, ErrorLogSwitch } from '../../orchestrator/contract.ts';
import type { CatalogueOperation } from '../access.ts';

/** Data of `errors.log`. */
export type ErrorsLogData = ErrorLogSwitch;

/** `errors.log`: how the error-log switch is set, and what holds now. */
export const errorsLog: CatalogueOperation<Record<string, never>, ErrorsLogData> = diagnosis({
  id: 'errors.log',
  title: 'Show the error-log switch',
  input: z.strictObject({}),
  async measure(context) {
    const { errorLog } = await context.read.orchestrator.switches();
    const { mode, sampleEvery, expiresAt, updatedAt, updatedBy } = errorLog;
    const setting = describeSetting({ mode, sampleEvery, expiresAt });
    const now = errorLog.effectiveMode === mode ? '' : ', which has expired: it counts as full';
    const by =
      updatedBy === null ? '' : ` Set by ${updatedBy}${updatedAt === null ? '' : ` at ${updatedAt}`}.`;
    return { summary: `The error log is ${setting}${now}.${by}`, data: errorLog };
  },
});

/** `full`, `sample 1 in 100 until 2026-…`. */
export function describeSetting({ mode, sampleEvery, expiresAt }: ErrorLogSetting): string {
  const until = expiresAt === null ? '' : ` until ${expiresAt}`;
  return `${describeMode(mode, sampleEvery)}${until}`;
}

/** `full`, `off`, `sample 1 in 100`. */
export function describeMode(mode: ErrorLogMode, sampleEvery: number | null): string {
  return mode === 'sample' ? `sample 1 in ${(sampleEvery ?? 1).toLocaleString('en-US')}` : mode;
}
