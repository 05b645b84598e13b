import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import { SpillwayError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { nearest } from '../core/nearest.ts';
import { visible } from '../core/visible.ts';
import { ExpressionError, expressionRoots, lookThrough, type References } from './expression-syntax.ts';
import type { Evaluate } from './runner.ts';
import type { Runbook } from './schema.ts';

/** A CEL expression that was parsed and looked through once. */
export interface Expression {
  readonly source: string;
  /** Which inputs and steps it names. */
  readonly references: References;
}

/** Upper bound of element visits of one evaluation. */
const mostVisits = 5_000_000;

interface Compiled {
  readonly expression: Expression;
  readonly run: ParseResult;
  /** How deep list macros stand inside each other. */
  readonly depth: number;
}

/**
 * CEL (https://cel.dev) with the variables inputs, steps, target and incident (see state.ts). CEL itself has no loops and no effects; beside that, regular expressions are left out,
 * and nesting and list sizes are bounded before an expression runs. Numbers from data are doubles: here they may be mixed with whole numbers
 * (`steps.a.data.n + 1`). Two functions are added: `grouped(8000000)` gives "8,000,000" and `percent(0.8)` gives "80 %".
 */
export class Expressions {
  readonly #environment = celEnvironment();
  readonly #compiled = new Map<string, Compiled>();

  /**
   * Parses and checks an expression; the same source is compiled once.
   * @throws ExpressionError with the offset of the fault
   */
  compile(source: string): Expression {
    return this.#prepare(source).expression;
  }

  /**
   * The value of an expression as JSON: whole numbers as numbers.
   * @throws SpillwayError `failed` when it names what is not there (a step that was skipped has no data) or cannot be computed from it,
   *   `usage` when it does not compile or costs too much
   */
  evaluate(source: string, scope: JsonObject): Json {
    const { run, depth } = this.#prepareForRun(source);
    if (depth > 1) refuseCost(source, depth, scope);
    let value: unknown;
    try {
      value = run({ ...scope });
    } catch (error) {
      throw evaluationFailure(source, error, scope);
    }
    return jsonOf(value, source);
  }

  #prepareForRun(source: string): Compiled {
    try {
      return this.#prepare(source);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw new SpillwayError('usage', `The expression ${visible(source)} is not valid: ${error.message}.`);
    }
  }

  #prepare(source: string): Compiled {
    const known = this.#compiled.get(source);
    if (known !== undefined) return known;
    const run = parsed(this.#environment, source);
    const { references, depth } = lookThrough(run.ast);
    const compiled = { run, depth, expression: { source, references } };
    this.#compiled.set(source, compiled);
    return compiled;
  }
}

/** The evaluation of a book's expressions for the runner: each is compiled once. */
export function expressionsOf(_book: Runbook): Evaluate {
  const expressions = new Expressions();
  return (expression, scope) => expressions.evaluate(expression, scope);
}

function celEnvironment(): Environment {
  const environment = new Environment({
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 1_000, maxDepth: 50 },
  })
    .registerVariable('inputs', 'map')
    .registerVariable('steps', 'map')
    .registerVariable('target', 'string')
    .registerVariable('incident', 'dyn');
  const arithmetic: readonly (readonly [string, (left: number, right: number) => number])[] = [
    ['+', (left, right) => left + right],
    ['-', (left, right) => left - right],
    ['*', (left, right) => left * right],
    ['/', (left, right) => left / right],
  ];
  for (const [sign, compute] of arithmetic) {
    const mixed = (left: number | bigint, right: number | bigint) => compute(Number(left), Number(right));
    environment.registerOperator(`double ${sign} int`, mixed);
    environment.registerOperator(`int ${sign} double`, mixed);
  }
  const grouped = (value: number | bigint) => value.toLocaleString('en', { maximumFractionDigits: 1 });
  environment.registerFunction('grouped(double): string', grouped);
  environment.registerFunction('grouped(int): string', grouped);
  environment.registerFunction('percent(double): string', (share: number) => `${Math.round(share * 100)} %`);
  environment.registerFunction('percent(int): string', (share: bigint) => `${share * 100n} %`);
  return environment;
}

function parsed(environment: Environment, source: string): ParseResult {
  let run: ParseResult;
  try {
    run = environment.parse(source);
  } catch (error) {
    throw faultOf(error);
  }
  const checked = run.check();
  if (!checked.valid) throw faultOf(checked.error);
  return run;
}

function faultOf(error: unknown): unknown {
  if (!isCelError(error)) return error;
  const unknownName = error.code === 'unknown_variable' ? /: (\S+)$/.exec(error.summary)?.[1] : undefined;
  const hint =
    unknownName === undefined
      ? ''
      : `; expressions know ${expressionRoots.join(', ')}${nearHint(unknownName, expressionRoots)}`;
  return new ExpressionError(`${visible(error.summary)}${hint}`, error.range?.start ?? 0);
}

function nearHint(word: string, candidates: readonly string[]): string {
  const [near] = nearest(word, candidates, 1);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

interface CelError extends Error {
  readonly code: string;
  readonly summary: string;
  readonly range?: { readonly start: number };
}

function isCelError(error: unknown): error is CelError {
  return error instanceof Error && 'summary' in error && typeof error.summary === 'string' && 'code' in error;
}

function evaluationFailure(source: string, error: unknown, scope: JsonObject): unknown {
  if (!isCelError(error)) return error;
  const key = error.code === 'no_such_key' ? /: (.+)$/.exec(error.summary)?.[1] : undefined;
  const missing =
    key === undefined
      ? visible(error.summary)
      : `there is no ${visible(key)}${nearHint(key, [...membersOf(scope.steps), ...membersOf(scope.inputs)])}`;
  const at = (error.range?.start ?? 0) + 1;
  return new SpillwayError(
    'failed',
    `The expression ${visible(source)} cannot be computed: ${missing} (character ${at}).`,
    { details: { expression: source, reason: error.code } },
  );
}

function membersOf(value: Json | undefined): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

/** Nested list macros visit at most (longest list)^depth elements. */
function refuseCost(source: string, depth: number, scope: JsonObject): void {
  const longest = longestList(scope);
  if (longest ** depth <= mostVisits) return;
  throw new SpillwayError(
    'usage',
    `The expression ${visible(source)} goes through lists of up to ${longest.toLocaleString('en')} items ${depth} levels deep: too much to compute.`,
  );
}

function longestList(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  const members = Object.values(value);
  return members.reduce<number>(
    (most, member) => Math.max(most, longestList(member)),
    Array.isArray(value) ? value.length : 0,
  );
}

function jsonOf(value: unknown, source: string): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
  }
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item) => jsonOf(item, source));
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [String(key), jsonOf(item, source)]));
  }
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonOf(item, source)]));
  }
  throw new SpillwayError(
    'failed',
    `The expression ${visible(source)} gives ${visible(String(value))}, which is not a JSON value.`,
  );
}
