import { z } from 'zod';
import type { Json } from '../../core/json.ts';
import type { ReadContext } from '../../core/operation.ts';
import { nobody } from '../../core/plan.ts';
import type { ErrorLogSetting, ErrorLogSwitch } from '../../orchestrator/contract.ts';
import type { CatalogueOperation, ReadAccess } from '../access.ts';
import { describeMode, describeSetting } from './log.ts';

const hour = 3_600;
const input = z
  .strictObject({
    mode: z.enum(['full', 'sample', 'off']),
    sampleEvery: z
      .int()
      .min(2)
      .max(1_000_000)
      .optional()
      .describe('keep 1 of so many errors; with mode sample'),
    ttlSeconds: z
      .int()
      .min(1)
      .max(7 * 24 * hour)
      .optional()
      .describe('1 hour unless told; full has none'),
  })
  .refine(({ mode, sampleEvery }) => (mode === 'sample') === (sampleEvery !== undefined), {
    message: 'sampleEvery belongs to mode sample, and mode sample needs it',
    path: ['sampleEvery'],
  })
  .refine(({ mode, ttlSeconds }) => mode !== 'full' || ttlSeconds === undefined, {
    message: 'full has no time to live',
    path: ['ttlSeconds'],
  });
type Input = z.output<typeof input>;

const settingJson = z.object({
  mode: z.enum(['full', 'sample', 'off']),
  sampleEvery: z.number().nullable(),
  expiresAt: z.string().nullable(),
});

/** What a plan of `errors.log.set` carries. The time to live begins when it is applied: the plan may be read for a while first. */
export interface ErrorsLogSetData {
  readonly before: ErrorLogSetting;
  readonly mode: ErrorLogSetting['mode'];
  readonly sampleEvery: number | null;
  readonly ttlSeconds: number | null;
}

/**
 * `errors.log.set`: the on-demand parameter that the report asked for. Anything but `full` has a time to live, after which the workers log in full again by themselves.
 * What is not logged meanwhile is counted by the orchestrator, where it does, and cannot be brought back.
 */
export const errorsLogSet: CatalogueOperation<Input, ErrorsLogSetData> = {
  id: 'errors.log.set',
  title: 'Set the error-log switch',
  impact: 'reversible',
  input,

  async plan(context, { mode, sampleEvery, ttlSeconds }) {
    const { orchestrator } = context.read;
    const { errorLog } = await orchestrator.switches();
    const before = settingOf(errorLog);
    const data: ErrorsLogSetData = {
      before,
      mode,
      sampleEvery: sampleEvery ?? null,
      ttlSeconds: mode === 'full' ? null : (ttlSeconds ?? hour),
    };
    const wanted = describeMode(mode, data.sampleEvery);
    const same = mode === 'full' && before.mode === 'full';
    const limit = data.ttlSeconds === null ? '' : ` for ${data.ttlSeconds.toLocaleString('en-US')} s`;
    return {
      operation: 'errors.log.set',
      target: context.target,
      summary: same
        ? 'The error log is full already.'
        : `Set the error log to ${wanted}${limit}; it is ${describeSetting(before)}.`,
      basis: {
        measuredAt: context.clock.now().toISOString(),
        facts: [{ name: 'error-log switch', value: describeSetting(before), tolerance: 'exact' }],
      },
      changes: same
        ? []
        : [
            {
              id: 'error-log',
              target: 'error-log switch',
              action: `set to ${wanted}${limit}`,
              count: 1,
              before: describeSetting(before),
              after: `${wanted}${limit}`,
            },
          ],
      blastRadius: nobody,
      irreversible:
        mode === 'full' || same
          ? []
          : [`Errors that are not written while the log is ${wanted} are not written later either.`],
      commands: same
        ? []
        : [
            `update ${orchestrator.tables.settings} set value = '${JSON.stringify({ mode, sampleEvery: data.sampleEvery ?? 1, expiresAt: data.ttlSeconds === null ? null : `<now + ${data.ttlSeconds} s>` })}', updated_at = now(), updated_by = '${context.actor}' where key = 'error_log';`,
          ],
      notes:
        data.ttlSeconds === null || same
          ? []
          : [
              `The workers log in full again by themselves ${data.ttlSeconds.toLocaleString('en-US')} s after it is set.`,
            ],
      data,
    };
  },

  async apply(context, { changes: [change], data }) {
    if (change === undefined) return;
    const expiresAt =
      data.ttlSeconds === null
        ? null
        : new Date(context.clock.now().getTime() + data.ttlSeconds * 1_000).toISOString();
    const to: ErrorLogSetting = { mode: data.mode, sampleEvery: data.sampleEvery, expiresAt };
    await context.step(change, settingsJson(data.before, to), async (write) => {
      await write.orchestrator.setErrorLog({ from: data.before, to, actor: context.actor });
      return settingsJson(data.before, to);
    });
  },

  async verify(context, { data }) {
    const { errorLog } = await context.read.orchestrator.switches();
    const ok = errorLog.effectiveMode === data.mode && errorLog.sampleEvery === data.sampleEvery;
    return [
      {
        name: 'error-log switch',
        ok,
        detail: `${describeSetting(errorLog)}, expected ${describeMode(data.mode, data.sampleEvery)}`,
      },
    ];
  },

  async undo(context, steps) {
    for (const step of steps) {
      const { from, to } = parseSettings(step.result ?? step.undo);
      const change = {
        ...step.change,
        id: `undo:${step.change.id}`,
        action: `set back to ${describeSetting(from)}`,
        before: step.change.after,
        after: step.change.before,
      };
      await context.step(change, settingsJson(to, from), async (write) => {
        await write.orchestrator.setErrorLog({ from: to, to: from, actor: context.actor });
        return settingsJson(to, from);
      });
    }
  },

  async probe(context, step) {
    const { from, to } = parseSettings(step.undo);
    const now = describeSetting(await current(context));
    if (now === describeSetting(to)) return 'done';
    return now === describeSetting(from) ? 'not-done' : 'unknown';
  },
};

async function current(context: ReadContext<ReadAccess>): Promise<ErrorLogSetting> {
  return settingOf((await context.read.orchestrator.switches()).errorLog);
}

function settingOf({ mode, sampleEvery, expiresAt }: ErrorLogSwitch): ErrorLogSetting {
  return { mode, sampleEvery, expiresAt };
}

function settingsJson(from: ErrorLogSetting, to: ErrorLogSetting) {
  return { from: { ...from }, to: { ...to } };
}

function parseSettings(value: Json): { from: ErrorLogSetting; to: ErrorLogSetting } {
  return z.object({ from: settingJson, to: settingJson }).parse(value);
}
