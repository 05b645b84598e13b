import type { ZodType } from 'zod';
import type { Check } from '../core/check.ts';
import { messageOf, SpillwayError } from '../core/errors.ts';
import { type Json, toJson } from '../core/json.ts';
import type { Plan } from '../core/plan.ts';
import type { Step } from '../core/step.ts';
import type { RunHistory } from '../journal/history.ts';
import { demandConsent } from './consent.ts';
import type { AnyOperation, AskConsent, Consent, EngineEnvironment } from './environment.ts';
import { runStatusOf } from './outcome.ts';
import { Run } from './run.ts';

/** What became of one operation. */
export interface Execution {
  /** Null when there was nothing to change. */
  readonly runId: string | null;
  readonly status: 'done' | 'nothing-to-do' | 'check-failed';
  readonly plan: Plan<unknown>;
  readonly steps: readonly Step[];
  readonly checks: readonly Check[];
}

/** The input as the operation's schema understands it. Throws SpillwayError `usage` with every problem. */
export function parseInput<Input>(operationId: string, schema: ZodType<Input>, input: unknown): Input {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
  throw new SpillwayError('usage', `${operationId} does not understand its input: ${problems.join('; ')}.`);
}

/** Makes the plan and nothing else: the dry run. */
export async function planOperation<Read, Write>(
  env: EngineEnvironment<Read, Write>,
  operation: AnyOperation<Read, Write>,
  input: unknown,
): Promise<Plan<unknown>> {
  const { target, read, clock, signal, progress, operator } = env;
  return operation.plan(
    { target, read, clock, signal, progress, actor: operator.actor },
    parseInput(operation.id, operation.input, input),
  );
}

/** Plans, asks, applies and verifies one operation as a run of its own. */
export async function execute<Read, Write>(
  env: EngineEnvironment<Read, Write>,
  operation: AnyOperation<Read, Write>,
  input: unknown,
  options: { readonly incidentId: string | null; readonly takeOver: boolean; readonly ask: AskConsent },
): Promise<Execution> {
  const plan = await planOperation(env, operation, input);
  if (plan.changes.length === 0) return { runId: null, status: 'nothing-to-do', plan, steps: [], checks: [] };
  const consent = await options.ask(plan, operation.impact);
  const run = await Run.begin(
    env,
    {
      kind: 'operation',
      name: operation.id,
      incidentId: options.incidentId,
      details: { input: toJson(input) },
    },
    options.takeOver,
  );
  return concluded(run, plan, () =>
    run.carryOut(operation, parseInput(operation.id, operation.input, input), plan, consent, null),
  );
}

/** Goes on with a single operation's run that did not end, by its journaled plan. */
export async function resumeOperation<Read, Write>(
  env: EngineEnvironment<Read, Write>,
  operation: AnyOperation<Read, Write>,
  history: RunHistory,
  options: { readonly takeOver: boolean; readonly ask: AskConsent },
): Promise<Execution> {
  const plan = planToResume(history);
  const consent = await options.ask(plan, operation.impact);
  const run = await Run.reopen(env, history, options.takeOver);
  return concluded(run, plan, () => run.resume(operation, plan, consent, null));
}

/**
 * The plan of a run that began to change something. A run that did not has nothing to go on with: its plan was never checked under the lock, or was refused there.
 * Throws SpillwayError `refused`.
 */
export function planToResume(history: RunHistory): Plan<Json> {
  const plan = history.plans.get('') as Plan<Json> | undefined;
  if (plan === undefined || history.steps.length === 0) {
    throw new SpillwayError('refused', `run ${history.id} changed nothing: there is nothing to resume.`, {
      suggestions: ['give the command again: it makes a new plan'],
    });
  }
  const undone = history.steps.filter((step) => step.undoneBy !== null);
  if (undone.length > 0) {
    throw new SpillwayError(
      'refused',
      `run ${history.id} was undone (${undone.map((step) => step.id).join(', ')}): it is not gone on with.`,
      { suggestions: ['give the command again: it makes a new plan'] },
    );
  }
  return plan;
}

async function concluded<Read, Write>(
  run: Run<Read, Write>,
  plan: Plan<unknown>,
  work: () => Promise<readonly Check[]>,
): Promise<Execution> {
  const checks = await endingWith(run, () => withResume(run, work));
  const held = checks.every((check) => check.ok);
  await run.end(held ? 'done' : 'failed', held ? null : 'a check after the change did not hold');
  return { runId: run.id, status: held ? 'done' : 'check-failed', plan, steps: run.steps, checks };
}

/** An error of a run that has begun to change something also says how to go on. */
async function withResume<Read, Write, T>(run: Run<Read, Write>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const resume = `spillway runbook resume ${run.id}`;
    if (!(error instanceof SpillwayError) || run.steps.length === 0 || error.suggestions.includes(resume))
      throw error;
    throw new SpillwayError(error.code, error.message, {
      suggestions: [...error.suggestions, resume],
      details: { ...error.details, runId: run.id },
      cause: error,
    });
  }
}

/** Runs `work`; when it throws, the run is ended with the fitting status first, and a failure of that does not hide the cause. */
export async function endingWith<Read, Write, T>(run: Run<Read, Write>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    try {
      await run.end(runStatusOf(error), messageOf(error));
    } catch (endError) {
      throw new AggregateError([error, endError], messageOf(error));
    }
    throw error;
  }
}

/** Undoes steps, newest first, as a run of its own. `operationOf` finds the operation that made a step. Throws SpillwayError `refused` without consent. */
export async function undoSteps<Read, Write>(
  env: EngineEnvironment<Read, Write>,
  steps: readonly Step[],
  operationOf: (id: string) => AnyOperation<Read, Write>,
  options: { readonly incidentId: string | null; readonly takeOver: boolean; readonly consent: Consent },
): Promise<Run<Read, Write>> {
  demandConsent('reversible', env.target, options.consent);
  const run = await Run.begin(
    env,
    {
      kind: 'undo',
      name: steps.map((step) => step.id).join(' '),
      incidentId: options.incidentId,
      details: { steps: steps.map((step) => step.id) },
    },
    options.takeOver,
  );
  await endingWith(run, async () => {
    for (const step of [...steps].reverse()) await run.undo(operationOf(step.operation), [step]);
  });
  await run.end('done');
  return run;
}
