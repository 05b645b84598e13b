import type { Json } from '../core/json.ts';
import type { Impact } from '../core/operation.ts';
import type { Plan } from '../core/plan.ts';
import type { Consent } from '../engine/environment.ts';
import type { RunbookStep } from './schema.ts';
import type { BookStepResult } from './state.ts';

/** A step as it is put before the operator. */
export interface StepView {
  readonly step: RunbookStep;
  /** Place among the steps of the book, from 1. */
  readonly number: number;
  readonly total: number;
}

/** A plan of a step, with what it means to agree to it. */
export interface PlannedStep {
  readonly plan: Plan<unknown>;
  readonly impact: Impact;
}

export type Decision =
  | { readonly kind: 'apply'; readonly consent: Consent }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'stop' };

/** Something to tick in a list. */
export interface ChoiceItem {
  readonly value: Json;
  readonly label: string;
  readonly chosen: boolean;
}

/**
 * The one way in which the ways to run a book differ: who is asked, and what is shown. The runner is the same for all.
 * `note` is handed in so that a remark of the operator is journaled when it is made.
 */
export interface Conduct {
  /** `false`: plans are made and nothing else. */
  readonly applies: boolean;
  announce(view: StepView): void;
  choose(view: StepView, items: readonly ChoiceItem[]): Promise<readonly Json[]>;
  /** Before a reading step; `plan` is null because reading is its plan. */
  decideRead(view: StepView, note: (text: string) => Promise<void>): Promise<Decision>;
  decideChange(
    view: StepView,
    plan: Plan<unknown>,
    impact: Impact,
    note: (text: string) => Promise<void>,
  ): Promise<Decision>;
  finished(view: StepView, result: BookStepResult, planned: PlannedStep | null): void;
  /** A gate measured and chose. */
  branched(view: StepView, title: string, to: string): void;
}
