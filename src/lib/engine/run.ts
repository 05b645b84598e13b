import type { Check } from '../core/check.ts';
import { messageOf, SpillwayError } from '../core/errors.ts';
import { type Json, type JsonObject, toJson } from '../core/json.ts';
import type { ReadContext, WriteContext } from '../core/operation.ts';
import { type Change, drift, type Plan } from '../core/plan.ts';
import type { Step, StepStatus } from '../core/step.ts';
import type { RunHistory, RunStatus } from '../journal/history.ts';
import { demandConsent } from './consent.ts';
import type { AnyOperation, Consent, EngineEnvironment } from './environment.ts';
import { acquireLock, type HeldLock } from './held-lock.ts';
import { stepStatusOf } from './outcome.ts';

export interface RunOpening {
  readonly kind: RunHistory['kind'];
  readonly name: string;
  readonly incidentId: string | null;
  /** What resume needs: the input of an operation, or the runbook with its inputs. */
  readonly details: JsonObject;
}

/** One execution: it owns the lock while it changes things, and every step goes through its journal. */
export class Run<Read, Write> {
  readonly id: string;
  readonly #env: EngineEnvironment<Read, Write>;
  readonly #takeOver: boolean;
  /** By runbook step and change id: what resume recognises. */
  readonly #steps = new Map<string, Step>();
  #lock: HeldLock | null = null;
  #checkpointsPassed = 0;

  private constructor(
    env: EngineEnvironment<Read, Write>,
    id: string,
    takeOver: boolean,
    steps: readonly Step[],
  ) {
    this.#env = env;
    this.id = id;
    this.#takeOver = takeOver;
    for (const step of steps) {
      // What was undone since is as good as never begun: doing it again is a new step, which can be undone again.
      if (step.undoneBy === null) this.#steps.set(stepKey(step.bookStep, step.change.id), step);
    }
  }

  static async begin<Read, Write>(
    env: EngineEnvironment<Read, Write>,
    opening: RunOpening,
    takeOver = false,
  ): Promise<Run<Read, Write>> {
    const id = env.newId('run');
    const { kind, name, incidentId, details } = opening;
    await env.journal.append({
      type: 'run.started',
      run: id,
      op: null,
      body: { ...details, kind, name, incidentId },
    });
    return new Run(env, id, takeOver, []);
  }

  static async reopen<Read, Write>(
    env: EngineEnvironment<Read, Write>,
    history: RunHistory,
    takeOver = false,
  ): Promise<Run<Read, Write>> {
    const run = new Run(env, history.id, takeOver, history.steps);
    // The lock first: a run that is still going on elsewhere must not get a second hand.
    await run.#hold();
    try {
      await env.journal.append({ type: 'run.resumed', run: history.id, op: null, body: {} });
    } catch (error) {
      await run.#letGo([error]);
    }
    return run;
  }

  /** Steps of this run so far, in order of their first intent. */
  get steps(): readonly Step[] {
    return [...this.#steps.values()];
  }

  readContext(): ReadContext<Read> {
    const { target, read, clock, signal, progress, operator } = this.#env;
    return { target, read, clock, signal, progress, actor: operator.actor };
  }

  /** Remembers something about this run that is not a step: a skip with its reason, a note, a gate's choice. */
  async note(type: string, op: string | null, body: JsonObject): Promise<void> {
    await this.#env.journal.append({ type, run: this.id, op, body });
  }

  /**
   * Carries a plan out, `input` being what it was made from: consent, lock, identity, the plan's basis measured again, apply, verify. Returns the checks.
   * Throws SpillwayError: `refused`, `locked`, `stale-plan`, or whatever stopped a step.
   */
  async carryOut(
    operation: AnyOperation<Read, Write>,
    input: unknown,
    plan: Plan<unknown>,
    consent: Consent,
    bookStep: string | null,
  ): Promise<readonly Check[]> {
    demandConsent(operation.impact, this.#env.target, consent);
    if (plan.changes.length === 0) return [];
    await this.note('plan.made', operation.id, { bookStep, plan: toJson(plan), consent: consent.how });
    await this.#hold();
    await this.#env.confirmIdentity();
    await this.#refuseStale(operation, input, plan);
    return this.#applyAndVerify(operation, plan, bookStep);
  }

  /** Goes on with a plan that was begun: steps without an outcome are looked up in the live system first. */
  async resume(
    operation: AnyOperation<Read, Write>,
    plan: Plan<unknown>,
    consent: Consent,
    bookStep: string | null,
  ): Promise<readonly Check[]> {
    demandConsent(operation.impact, this.#env.target, consent);
    await this.#hold();
    await this.#env.confirmIdentity();
    await this.#settleUnknown(operation, bookStep);
    return this.#applyAndVerify(operation, plan, bookStep);
  }

  /** Undoes steps of any run through the operation that made them. */
  async undo(operation: AnyOperation<Read, Write>, steps: readonly Step[]): Promise<void> {
    await this.#hold();
    await this.#env.confirmIdentity();
    for (const step of steps) {
      await operation.undo(this.#writeContext(operation.id, `undo ${step.id}`), [step]);
      await this.note('step.undone', operation.id, { stepId: step.id });
    }
  }

  /** Writes the outcome and gives the lock back, whatever happened before. */
  async end(status: RunStatus, error: string | null = null): Promise<void> {
    const failures: unknown[] = [];
    try {
      await this.#env.journal.append({ type: 'run.ended', run: this.id, op: null, body: { status, error } });
    } catch (failure) {
      failures.push(failure);
    }
    await this.#letGo(failures);
  }

  /** Gives the lock back; throws `failures` and what goes wrong with the lock, the first one first. */
  async #letGo(failures: unknown[]): Promise<void> {
    const lock = this.#lock;
    this.#lock = null;
    try {
      await lock?.release();
    } catch (failure) {
      failures.push(failure);
    }
    if (failures.length > 1) throw new AggregateError(failures, messageOf(failures[0]));
    if (failures.length === 1) throw failures[0];
  }

  async #hold(): Promise<void> {
    this.#lock ??= await acquireLock(this.#env, this.id, this.#takeOver);
  }

  async #refuseStale(
    operation: AnyOperation<Read, Write>,
    input: unknown,
    plan: Plan<unknown>,
  ): Promise<void> {
    const context = this.readContext();
    const measured =
      operation.measure === undefined
        ? (await operation.plan(context, input)).basis
        : await operation.measure(context, plan);
    const moved = drift(plan.basis, measured);
    if (moved.length === 0) return;
    throw new SpillwayError(
      'stale-plan',
      `the target has changed since the plan was made: ${moved.slice(0, 5).join('; ')}. Nothing was changed.`,
      {
        suggestions: ['run the command again: it makes a new plan'],
        details: { moved },
      },
    );
  }

  async #settleUnknown(operation: AnyOperation<Read, Write>, bookStep: string | null): Promise<void> {
    for (const step of this.steps) {
      if (step.bookStep !== bookStep || (step.status !== 'intended' && step.status !== 'unknown')) continue;
      const probed =
        operation.probe === undefined ? 'unknown' : await operation.probe(this.readContext(), step);
      if (probed === 'unknown') {
        throw new SpillwayError(
          'unknown-outcome',
          `step ${step.id} (${step.change.action} ${step.change.target}) has no known outcome and could not be looked up.`,
          {
            suggestions: [
              `look at ${step.change.target}, then: spillway undo ${step.id}`,
              'spillway journal show',
            ],
            details: { stepId: step.id },
          },
        );
      }
      if (probed === 'done')
        await this.#recordEnd(step, 'done', step.result, null, 'found done by looking at the target');
    }
  }

  async #applyAndVerify(
    operation: AnyOperation<Read, Write>,
    plan: Plan<unknown>,
    bookStep: string | null,
  ): Promise<readonly Check[]> {
    await operation.apply(this.#writeContext(operation.id, bookStep), plan);
    const checks = await operation.verify(this.readContext(), plan);
    await this.note('verified', operation.id, { bookStep, checks: toJson(checks) });
    return checks;
  }

  #writeContext(operationId: string, bookStep: string | null): WriteContext<Read, Write> {
    return {
      ...this.readContext(),
      runId: this.id,
      step: (change, undo, effect) => this.#step(operationId, bookStep, change, undo, effect),
      checkpoint: () => this.#checkpoint(),
    };
  }

  async #checkpoint(): Promise<void> {
    if (this.#env.signal.aborted) {
      throw new SpillwayError(
        'interrupted',
        'stopped safely between two pieces of work; what is done is journaled.',
        {
          suggestions: [`spillway runbook resume ${this.id}`],
          details: { runId: this.id },
        },
      );
    }
    await this.#lock?.confirm();
    this.#checkpointsPassed += 1;
  }

  async #step<Result extends Json>(
    operationId: string,
    bookStep: string | null,
    change: Change,
    undo: Json,
    effect: (write: Write) => Promise<Result>,
  ): Promise<Result> {
    const { journal, observe, newId, clock, write } = this.#env;
    const known = this.#steps.get(stepKey(bookStep, change.id));
    if (known?.status === 'done') {
      observe({ kind: 'step-skipped', change });
      return known.result as Result;
    }
    await this.#checkpoint();
    // A step that was begun keeps its id and its undo data: they describe the state before the first attempt.
    const step: Step = known ?? {
      id: newId('step'),
      runId: this.id,
      bookStep,
      operation: operationId,
      change,
      undo,
      status: 'intended',
      result: null,
      error: null,
      startedAt: clock.now().toISOString(),
      finishedAt: null,
      undoneBy: null,
    };
    await journal.append({
      type: known === undefined ? 'step.intended' : 'step.retried',
      run: this.id,
      op: operationId,
      body: { stepId: step.id, bookStep, change: toJson(change), undo: step.undo },
    });
    this.#steps.set(stepKey(bookStep, change.id), step);
    observe({ kind: 'step-started', change });
    let result: Result;
    const passed = this.#checkpointsPassed;
    try {
      result = await effect(write);
    } catch (error) {
      const failedHalfway =
        stepStatusOf(error) === 'failed' && step.undo !== null && this.#checkpointsPassed > passed;
      // A step that fails between its pieces has left something behind that can be undone.
      const status = failedHalfway ? 'interrupted' : stepStatusOf(error);
      await this.#recordEnd(step, status, null, messageOf(error), null);
      observe({ kind: 'step-ended', change, status, error: messageOf(error) });
      throw error;
    }
    await this.#recordEnd(step, 'done', result, null, null);
    observe({ kind: 'step-ended', change, status: 'done', error: null });
    return result;
  }

  async #recordEnd(
    step: Step,
    status: StepStatus,
    result: Json,
    error: string | null,
    remark: string | null,
  ): Promise<void> {
    const record = await this.#env.journal.append({
      type: 'step.ended',
      run: this.id,
      op: step.operation,
      body: { stepId: step.id, bookStep: step.bookStep, status, result, error, remark },
    });
    this.#steps.set(stepKey(step.bookStep, step.change.id), {
      ...step,
      status,
      result,
      error,
      finishedAt: record.ts,
    });
  }
}

function stepKey(bookStep: string | null, changeId: string): string {
  return JSON.stringify([bookStep, changeId]);
}
