import { expect, it } from 'vitest';
import type { JsonObject } from '../../../src/lib/core/json.ts';
import { Expressions } from '../../../src/lib/runbook/expressions.ts';

const scope: JsonObject = {
  inputs: { expectedShare: 0.8, most: 8, ids: [3, 4] },
  steps: {
    measure: {
      status: 'done',
      data: {
        share: 1,
        waiting: 8_000_000,
        rows: [
          { id: 3, share: 0.7 },
          { id: 4, share: 0.1 },
        ],
        empty: null,
      },
      checks: [{ name: 'email', ok: true }],
    },
    skipped: { status: 'skipped', data: null, checks: [] },
  },
  target: 'lab',
  incident: null,
};

const evaluate = (source: string, over: JsonObject = scope) => new Expressions().evaluate(source, over);

it.each([
  ['steps.measure.data.share >= inputs.expectedShare', true],
  ['steps.measure.data.share == 1', true],
  ['steps.measure.data.waiting + 1', 8_000_001],
  ['inputs.most * 2 - 1', 15],
  ['inputs.most / 2', 4],
  ['size(steps.measure.data.rows) + inputs.most', 10],
  ['steps.measure.data.rows.filter(r, r.share > 0.5).map(r, r.id)', [3]],
  ['3 in inputs.ids', true],
  ["'Waiting: ' + grouped(steps.measure.data.waiting)", 'Waiting: 8,000,000'],
  ["percent(steps.measure.data.rows[0].share) + ' on ' + target", '70 % on lab'],
  ['incident', null],
  ['incident == null', true],
  ['steps.measure.checks.all(c, c.ok)', true],
  ['has(steps.later)', false],
  ["steps.skipped.status == 'done' ? steps.skipped.data.share > 0.5 : false", false],
  ["{'id': inputs.most, 'all': true}", { id: 8, all: true }],
  ['steps.measure.data.empty == null || steps.measure.data.empty > 3', true],
])('%s', (source, value) => {
  expect(evaluate(source)).toEqual(value);
});

it.each([
  ['1 +', 3, /EOF/],
  ['stesp.a', 0, /expressions know inputs, steps, target, incident \(did you mean steps\?\)/],
  ["'a'.matches('(a+)+$')", 0, /regular expressions/],
  ['1 + steps[target].data', 4, /must be written out/],
  ["true ? 1 : 'x'", 0, /same type/],
])('refuses %s and says where', (source, offset, message) => {
  expect(() => new Expressions().compile(source)).toThrow(message);
  try {
    new Expressions().compile(source);
  } catch (error) {
    expect(error).toMatchObject({ offset });
  }
});

it('names the inputs and steps of an expression with their places', () => {
  const { references } = new Expressions().compile(
    'inputs.a > 1 && has(steps.b.data) && steps["c"].status == "done"',
  );
  expect(references.inputs).toEqual([{ name: 'a', offset: 0 }]);
  expect(references.steps).toEqual([
    { name: 'b', offset: 20 },
    { name: 'c', offset: 37 },
  ]);
});

it('says what is missing when an expression cannot be computed', () => {
  expect(() => evaluate('steps.measrue.data')).toThrow(/there is no measrue \(did you mean measure\?\)/);
  expect(() => evaluate('steps.skipped.data.share > 1')).toThrow(/there is no share/);
  expect(() => evaluate('target + 1')).toThrow(/not valid|no such overload/);
});

it('reaches nothing but its variables', () => {
  for (const source of ['steps.constructor', 'inputs.__proto__', 'steps.measure.data.toString']) {
    expect(() => evaluate(source)).toThrow(/there is no/);
  }
  expect(() => evaluate('process.env')).toThrow(/Unknown variable/);
});

it('refuses what would take too long before it runs', () => {
  const long = { ...scope, inputs: { ids: Array.from({ length: 3_000 }, (_, index) => index) } };
  const nested = 'inputs.ids.all(a, inputs.ids.all(b, a + b >= 0))';
  expect(evaluate(nested)).toBe(true);
  expect(() => evaluate(nested, long)).toThrow(/too much to compute/);
  expect(evaluate('inputs.ids.exists(a, a == 2999)', long)).toBe(true);
  const deep = 'inputs.ids.all(a, inputs.ids.all(b, inputs.ids.all(c, inputs.ids.all(d, true))))';
  expect(() => new Expressions().compile(deep)).toThrow(/at most 3 deep/);
});

it('gives nothing that is not JSON', () => {
  expect(() => evaluate('1.0 / 0.0')).toThrow(/not a JSON value|divi/);
  expect(() => evaluate("bytes('x')")).toThrow(/not a JSON value/);
});
