import { SpillwayError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { ChoiceItem } from './conduct.ts';
import type { RunbookChoice, RunbookStep, StepValue } from './schema.ts';

/** The step's `with`, each expression replaced by its typed result. A null result leaves its member out. */
export function bindInput(step: RunbookStep, evaluate: (expression: string) => Json): JsonObject {
  const members = Object.entries(step.with).map(([name, value]) => [name, bind(value, evaluate)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== null));
}

function bind(value: StepValue, evaluate: (expression: string) => Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item: StepValue) => bind(item, evaluate));
  const members = value as { readonly [key: string]: StepValue };
  if (typeof members['cel'] === 'string') return evaluate(members['cel']);
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, bind(member, evaluate)]));
}

/** The list that a step lets the operator tick, with its defaults ticked. Throws SpillwayError `failed` when the expressions give no lists. */
export function choiceItems(choice: RunbookChoice, evaluate: (expression: string) => Json): ChoiceItem[] {
  const items = evaluate(choice.from);
  const defaults = evaluate(choice.default);
  if (!Array.isArray(items) || !Array.isArray(defaults)) {
    throw new SpillwayError(
      'failed',
      `the runbook's choice needs lists: ${choice.from} and ${choice.default} must both give one.`,
    );
  }
  return items.map((item) => {
    const fields = item as JsonObject;
    const value = fields[choice.value] ?? null;
    const details = choice.details.map((name) => `${name} ${shortened(fields[name])}`);
    return {
      value,
      label: [String(fields[choice.label] ?? value), ...details].join('  '),
      chosen: defaults.includes(value),
    };
  });
}

function shortened(value: Json | undefined): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return value.toPrecision(3);
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
