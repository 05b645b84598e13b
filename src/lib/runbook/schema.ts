import { z } from 'zod';

/**
 * A value of a step: a literal, or `{cel: "…"}`, whose typed result is bound. Nothing is ever templated into text:
 * a message is built in CEL itself, `{cel: "'Paused for ' + string(size(steps.pause.data.changes))"}`.
 */
export type StepValue =
  | null
  | boolean
  | number
  | string
  | readonly StepValue[]
  | { readonly cel: string }
  | { readonly [key: string]: StepValue };

const cel = z.string().min(1).max(4_000);
const name = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]*$/, 'a name of letters and digits that starts with a small letter');
const sentence = z.string().trim().min(1);

const literal = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.union([z.string(), z.number(), z.boolean()])),
]);

const inputTypes = ['string', 'number', 'boolean', 'list'] as const;

const input = z
  .strictObject({
    type: z.enum(inputTypes),
    description: sentence,
    default: literal.optional(),
    required: z.boolean().optional().describe('true: the run does not start without it'),
  })
  .refine((one) => one.default === undefined || kindOf(one.default) === one.type, {
    path: ['default'],
    message: 'the default is not of the declared type',
  });

const value: z.ZodType<StepValue> = z.lazy(() =>
  z.union([
    z.null(),
    z.boolean(),
    z.number(),
    z.string(),
    z.array(value),
    z.strictObject({ cel }),
    z
      .record(z.string(), value)
      .refine((members) => !('cel' in members), { message: '`cel` stands alone and is a text' }),
  ]),
);

const choose = z.strictObject({
  from: cel.describe('the list to choose from'),
  input: name.describe('member of `with` that gets the chosen values'),
  value: name.describe('field of an item that is bound'),
  label: name.describe('field of an item that a person recognises'),
  details: z.array(name).default([]).describe('further fields to show beside the label'),
  default: cel.describe('the values chosen when nobody is asked'),
});

const expectation = z.strictObject({ cel, message: sentence });

const gate = z.strictObject({
  branches: z
    .array(
      z.strictObject({
        when: cel,
        to: z.string().min(1).describe('id of a later step, or end'),
        title: sentence,
      }),
    )
    .min(1),
  default: z.strictObject({ to: z.string().min(1), title: sentence }),
});

const step = z.strictObject({
  id: name.describe('stable: a run is resumed by it, never by position'),
  title: sentence,
  why: sentence,
  reportAction: z.number().int().positive().optional().describe('number of the action in the source'),
  operation: z
    .string()
    .min(1)
    .optional()
    .describe('left out: the step only measures by its expectations or gate'),
  with: z.record(name, value).default({}),
  when: cel.optional().describe('the step is skipped, and the condition shown, when this is false'),
  choose: choose.optional(),
  expect: z.array(expectation).default([]),
  retry: z
    .strictObject({
      attempts: z.number().int().min(1).max(100),
      intervalSeconds: z.number().min(0).max(600),
    })
    .optional()
    .describe('a read is repeated until `expect` holds'),
  gate: gate.optional(),
  onFailure: z.enum(['stop', 'continue']).default('stop'),
  snapshotGuard: name.optional().describe('step whose good snapshot must exist before this one runs'),
});

/** A runbook file, `spillway/runbook/1`. References between steps are checked by the loader. */
export const runbookSchema = z.strictObject({
  schema: z.literal('spillway/runbook/1'),
  id: z.string().regex(/^[a-z][a-z0-9-]*$/, 'small letters, digits and hyphens'),
  title: sentence,
  description: sentence,
  source: sentence.describe('where the procedure comes from'),
  inputs: z.record(name, input).default({}),
  steps: z.array(step).min(1),
});

/** Every member name that can stand somewhere in a runbook, for suggestions. */
export const runbookMembers: readonly string[] = [
  ...new Set([
    ...Object.keys(runbookSchema.shape),
    ...Object.keys(step.shape),
    ...Object.keys(gate.shape),
    ...Object.keys(choose.shape),
    ...['type', 'default', 'required', 'attempts', 'intervalSeconds', 'cel', 'message', 'to'],
  ]),
];

export type Runbook = z.output<typeof runbookSchema>;
export type RunbookStep = Runbook['steps'][number];
export type RunbookInput = Runbook['inputs'][string];
export type RunbookChoice = NonNullable<RunbookStep['choose']>;

/** The type's name as a runbook writes it; another word for what no input can be. */
function kindOf(one: unknown): string {
  if (Array.isArray(one)) return 'list';
  return typeof one;
}
