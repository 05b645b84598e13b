import type { Check } from '../core/check.ts';
import { messageOf, SpillwayError } from '../core/errors.ts';
import { type Json, type JsonObject, toJson } from '../core/json.ts';
import type { Step } from '../core/step.ts';
import type { AnyOperation, EngineEnvironment } from '../engine/environment.ts';
import { endingWith, parseInput, planOperation } from '../engine/execute.ts';
import { Run } from '../engine/run.ts';
import type { RunHistory } from '../journal/history.ts';
import { bindInput, choiceItems } from './binding.ts';
import type { Conduct, Decision, PlannedStep, StepView } from './conduct.ts';
import type { Runbook, RunbookStep } from './schema.ts';
import { type BookStepResult, type BookStepStatus, expressionScope, finishedSteps } from './state.ts';

/** Evaluates an expression of a runbook against what is known so far. Throws SpillwayError `failed` that names the expression. */
export type Evaluate = (expression: string, scope: JsonObject) => Json;

export interface RunnerParts<Read, Write> {
  readonly env: EngineEnvironment<Read, Write>;
  readonly book: Runbook;
  readonly inputs: JsonObject;
  readonly incidentId: string | null;
  readonly conduct: Conduct;
  readonly evaluate: Evaluate;
  readonly operationOf: (id: string) => Promise<AnyOperation<Read, Write>>;
  /** Checks, in the live store, the snapshot that a step of this run made. */
  readonly checkSnapshot: (steps: readonly Step[]) => Promise<Check>;
  readonly takeOver: boolean;
}

/** How a run of a book ended. */
export interface BookOutcome {
  /** Null for an audit, which is no run: nothing is journaled and nothing changed. */
  readonly runId: string | null;
  readonly status: 'done' | 'stopped' | 'planned';
  readonly steps: readonly BookStepResult[];
  /** Plans of an audit, by step. */
  readonly plans: ReadonlyMap<string, PlannedStep>;
}

/** Walks a book from its first step, or from where `history` ended. */
export async function runBook<Read, Write>(
  parts: RunnerParts<Read, Write>,
  history: RunHistory | null,
): Promise<BookOutcome> {
  if (!parts.conduct.applies) return new BookWalk(parts, null, new Map(), null).walk();
  const { env, book, inputs, incidentId, takeOver } = parts;
  const run =
    history === null
      ? await Run.begin(
          env,
          { kind: 'runbook', name: book.id, incidentId, details: { book: toJson(book), inputs } },
          takeOver,
        )
      : await Run.reopen(env, history, takeOver);
  const walk = new BookWalk(parts, run, history === null ? new Map() : finishedSteps(history), history);
  const outcome = await endingWith(run, () => walk.walk());
  await run.end(outcome.status === 'done' ? 'done' : 'stopped');
  return outcome;
}

class BookWalk<Read, Write> {
  readonly #parts: RunnerParts<Read, Write>;
  readonly #run: Run<Read, Write> | null;
  readonly #results: Map<string, BookStepResult>;
  readonly #history: RunHistory | null;
  readonly #plans = new Map<string, PlannedStep>();

  constructor(
    parts: RunnerParts<Read, Write>,
    run: Run<Read, Write> | null,
    results: Map<string, BookStepResult>,
    history: RunHistory | null,
  ) {
    this.#parts = parts;
    this.#run = run;
    this.#results = results;
    this.#history = history;
  }

  async walk(): Promise<BookOutcome> {
    const { steps } = this.#parts.book;
    let index = 0;
    while (index < steps.length) {
      const step = steps[index];
      if (step === undefined) break;
      const view = { step, number: index + 1, total: steps.length };
      const result = this.#results.get(step.id) ?? (await this.#take(view));
      if (result.status === 'stopped') return this.#outcome('stopped');
      index = this.#next(index, step, result);
    }
    return this.#outcome(this.#run === null ? 'planned' : 'done');
  }

  /** An audit shows every step; a run follows the gate, and its default where nothing was measured (skipped, or failed and passed over). */
  #next(index: number, step: RunbookStep, result: BookStepResult): number {
    const to = result.goto ?? step.gate?.default.to ?? null;
    if (this.#run === null || to === null) return index + 1;
    if (to === 'end') return this.#parts.book.steps.length;
    return this.#parts.book.steps.findIndex((one) => one.id === to);
  }

  #outcome(status: BookOutcome['status']): BookOutcome {
    return { runId: this.#run?.id ?? null, status, steps: [...this.#results.values()], plans: this.#plans };
  }

  #scope(): JsonObject {
    const { inputs, env, incidentId } = this.#parts;
    return expressionScope(inputs, this.#results, env.target, incidentId);
  }

  async #take(view: StepView): Promise<BookStepResult> {
    const { step } = view;
    const { conduct, env } = this.#parts;
    conduct.announce(view);
    const startedAt = env.clock.now().toISOString();
    await this.#journal(step, 'started', { title: step.title });
    let result: BookStepResult;
    try {
      if (env.signal.aborted) throw new SpillwayError('interrupted', `stopped before step ${step.id}.`);
      result = await this.#perform(view, startedAt);
    } catch (error) {
      result = this.#failure(step, startedAt, error);
      if (!this.#goesOnAfter(step, error)) {
        await this.#journalResult(step, result);
        conduct.finished(view, result, null);
        throw this.#withResume(error);
      }
    }
    this.#results.set(step.id, result);
    await this.#journalResult(step, result);
    conduct.finished(view, result, this.#plans.get(step.id) ?? null);
    if (result.status === 'failed' && this.#run !== null && step.onFailure === 'stop') {
      throw new SpillwayError('check-failed', `step ${step.id} did not hold: ${result.summary}`, {
        suggestions: [`spillway runbook resume ${this.#run.id}`],
        details: { runId: this.#run.id },
      });
    }
    return result;
  }

  async #perform(view: StepView, startedAt: string): Promise<BookStepResult> {
    const { step } = view;
    const { evaluate, operationOf } = this.#parts;
    if (step.when !== undefined && evaluate(step.when, this.#scope()) !== true) {
      return this.#result(step, startedAt, 'skipped', `not needed: ${step.when} does not hold`);
    }
    if (step.operation === undefined) return this.#judge(view, startedAt, 'checked', null, []);
    const operation = await operationOf(step.operation);
    return operation.impact === 'read'
      ? this.#read(view, startedAt, operation)
      : this.#change(view, startedAt, operation);
  }

  async #read(
    view: StepView,
    startedAt: string,
    operation: AnyOperation<Read, Write>,
  ): Promise<BookStepResult> {
    const { step } = view;
    const { conduct, env } = this.#parts;
    const decision = await conduct.decideRead(view, (text) => this.#note(step, text));
    if (decision.kind !== 'apply') return this.#declined(step, startedAt, decision);
    const input = await this.#input(view);
    const attempts = this.#run === null ? 1 : (step.retry?.attempts ?? 1);
    for (let attempt = 1; ; attempt += 1) {
      const plan = await planOperation(env, operation, input);
      const result = this.#judge(view, startedAt, plan.summary, toJson(plan.data), []);
      if (result.status === 'done' || attempt >= attempts) return result;
      await env.clock.sleep((step.retry?.intervalSeconds ?? 0) * 1_000, env.signal);
    }
  }

  async #change(
    view: StepView,
    startedAt: string,
    operation: AnyOperation<Read, Write>,
  ): Promise<BookStepResult> {
    const { step } = view;
    const { conduct, env } = this.#parts;
    const begun =
      this.#history?.steps.some((one) => one.bookStep === step.id && one.undoneBy === null) === true
        ? this.#history.plans.get(step.id)
        : undefined;
    const input =
      begun === undefined ? parseInput(operation.id, operation.input, await this.#input(view)) : null;
    const plan = begun ?? (await planOperation(env, operation, input));
    this.#plans.set(step.id, { plan, impact: operation.impact });
    if (this.#run === null) return this.#result(step, startedAt, 'planned', plan.summary, toJson(plan.data));
    if (plan.changes.length === 0) return this.#judge(view, startedAt, plan.summary, toJson(plan.data), []);
    const decision = await conduct.decideChange(view, plan, operation.impact, (text) =>
      this.#note(step, text),
    );
    if (decision.kind !== 'apply') return this.#declined(step, startedAt, decision);
    if (step.snapshotGuard !== undefined) await this.#demandSnapshot(step, step.snapshotGuard);
    const checks =
      begun === undefined
        ? await this.#run.carryOut(operation, input, plan, decision.consent, step.id)
        : await this.#run.resume(operation, plan, decision.consent, step.id);
    return this.#judge(view, startedAt, plan.summary, toJson(plan.data), checks);
  }

  async #input(view: StepView): Promise<JsonObject> {
    const { step } = view;
    const { evaluate, conduct } = this.#parts;
    const scope = this.#scope();
    const bound = bindInput(step, (expression) => evaluate(expression, scope));
    if (step.choose === undefined) return bound;
    const items = choiceItems(step.choose, (expression) => evaluate(expression, scope));
    return { ...bound, [step.choose.input]: await conduct.choose(view, items) };
  }

  /** Adds the step's own expectations, evaluated with its result in view, and lets a gate choose. */
  #judge(
    view: StepView,
    startedAt: string,
    summary: string,
    data: Json,
    checks: readonly Check[],
  ): BookStepResult {
    const { step } = view;
    const { evaluate } = this.#parts;
    this.#results.set(step.id, this.#result(step, startedAt, 'done', summary, data, checks));
    const scope = this.#scope();
    this.#results.delete(step.id);
    const expected = step.expect.map(({ cel, message }) => {
      const ok = evaluate(cel, scope) === true;
      return { name: message, ok, detail: ok ? 'it holds' : `${cel} does not hold` };
    });
    const all = [...checks, ...expected];
    const failed = all.filter((check) => !check.ok);
    if (failed.length > 0) {
      return this.#result(
        step,
        startedAt,
        'failed',
        failed.map((check) => `${check.name}: ${check.detail}`).join('; '),
        data,
        all,
      );
    }
    if (step.gate === undefined) return this.#result(step, startedAt, 'done', summary, data, all);
    const branch = step.gate.branches.find(({ when }) => evaluate(when, scope) === true) ?? step.gate.default;
    this.#parts.conduct.branched(view, branch.title, branch.to);
    return {
      ...this.#result(step, startedAt, 'done', `${summary} ${branch.title}`, data, all),
      goto: branch.to,
    };
  }

  #result(
    step: RunbookStep,
    startedAt: string,
    status: BookStepStatus,
    summary: string,
    data: Json = null,
    checks: readonly Check[] = [],
  ): BookStepResult {
    return {
      id: step.id,
      title: step.title,
      operation: step.operation ?? null,
      status,
      startedAt,
      finishedAt: this.#parts.env.clock.now().toISOString(),
      summary,
      data,
      checks,
      goto: null,
    };
  }

  #declined(
    step: RunbookStep,
    startedAt: string,
    decision: Exclude<Decision, { kind: 'apply' }>,
  ): BookStepResult {
    if (decision.kind === 'stop') return this.#result(step, startedAt, 'stopped', 'stopped by the operator');
    // A gate that is not measured takes its default branch.
    return {
      ...this.#result(step, startedAt, 'skipped', `skipped by the operator: ${decision.reason}`),
      goto: step.gate?.default.to ?? null,
    };
  }

  #failure(step: RunbookStep, startedAt: string, error: unknown): BookStepResult {
    const code = error instanceof SpillwayError ? error.code : 'unknown-outcome';
    const status = code === 'unknown-outcome' ? 'unknown' : code === 'interrupted' ? 'interrupted' : 'failed';
    return this.#result(step, startedAt, status, messageOf(error));
  }

  /** Only a plain failure may be passed over, and only where the book says so; an audit shows it and goes on. */
  #goesOnAfter(step: RunbookStep, error: unknown): boolean {
    const code = error instanceof SpillwayError ? error.code : 'unknown-outcome';
    if (code === 'interrupted') return false;
    if (this.#run === null) return true;
    if (step.onFailure !== 'continue' || code === 'locked' || code === 'refused') return false;
    // Whether a message reached people may stay unknown: the response must not wait for it, and the run says so at its end.
    return code !== 'unknown-outcome' || this.#plans.get(step.id)?.impact === 'external';
  }

  #withResume(error: unknown): unknown {
    if (!(error instanceof SpillwayError) || this.#run === null) return error;
    const resume = `spillway runbook resume ${this.#run.id}`;
    if (error.suggestions.includes(resume)) return error;
    return new SpillwayError(error.code, error.message, {
      suggestions: [...error.suggestions, resume],
      details: { ...error.details, runId: this.#run.id },
      cause: error,
    });
  }

  async #demandSnapshot(step: RunbookStep, guard: string): Promise<void> {
    const made = this.#run?.steps.filter((one) => one.bookStep === guard && one.status === 'done') ?? [];
    if (made.length === 0) {
      throw new SpillwayError(
        'refused',
        `step ${step.id} needs the snapshot of step ${guard}, which was not made in this run; nothing was changed.`,
      );
    }
    const check = await this.#parts.checkSnapshot(made);
    if (!check.ok)
      throw new SpillwayError(
        'refused',
        `step ${step.id} needs a good snapshot: ${check.detail}; nothing was changed.`,
      );
  }

  async #note(step: RunbookStep, text: string): Promise<void> {
    await this.#run?.note('book.note', null, { stepId: step.id, text });
  }

  async #journal(step: RunbookStep, status: string, body: JsonObject): Promise<void> {
    await this.#run?.note('book.step', step.operation ?? null, {
      stepId: step.id,
      reportAction: step.reportAction ?? null,
      ...body,
      status,
    });
  }

  async #journalResult(step: RunbookStep, result: BookStepResult): Promise<void> {
    const { title, status, summary, data, checks, goto } = result;
    await this.#journal(step, status, { title, summary, data, checks: toJson(checks), goto });
  }
}
