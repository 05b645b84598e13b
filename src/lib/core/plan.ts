import type { Json } from './json.ts';

/** One thing that will change: what, how, how much, from what to what. `id` is stable within its plan: resume goes by it. */
export interface Change {
  readonly id: string;
  /** What is changed, named so that a person recognises it: `conversation 12 "Spring sale"`, `queue email`. */
  readonly target: string;
  /** A verb phrase: `stop`, `purge`, `restart`. */
  readonly action: string;
  /** How many things of that kind: rows, messages, services. */
  readonly count: number;
  readonly before: Json;
  readonly after: Json;
}

/**
 * A measured value that the plan stands on. Under the lock the engine measures it again and refuses a stale plan.
 * `tolerance`: `exact`, or the relative difference that is not drift (0.1 = 10 %), or `fewer` when only an increase beyond 0 matters
 * (a queue drains while one reads the plan: that is not drift).
 */
export interface Fact {
  readonly name: string;
  readonly value: number | string | boolean | null;
  readonly tolerance: 'exact' | 'fewer' | number;
}

export interface Basis {
  /** ISO-8601 with offset. */
  readonly measuredAt: string;
  readonly facts: readonly Fact[];
}

export interface Party {
  readonly id: number;
  readonly name: string;
}

/** Whom and what a plan touches. `messages` counts messages that are moved, removed or held back. */
export interface BlastRadius {
  readonly clients: readonly Party[];
  readonly conversations: readonly Party[];
  readonly messages: number;
}

/** What an operation is going to do, as a value: it can be shown, journaled, compared, and obeyed; nothing else is applied. */
export interface Plan<Data> {
  readonly operation: string;
  readonly target: string;
  /** One sentence: the answer first. */
  readonly summary: string;
  readonly basis: Basis;
  readonly changes: readonly Change[];
  readonly blastRadius: BlastRadius;
  /** What cannot be undone, one sentence each; empty when everything can. */
  readonly irreversible: readonly string[];
  /** The statements and commands that apply will send, as one could type them; for people, never executed. */
  readonly commands: readonly string[];
  /** What the reader should know before saying yes. */
  readonly notes: readonly string[];
  /** Diagnoses: the result. Changes: what apply needs. Must be JSON. */
  readonly data: Data;
}

export const nobody: BlastRadius = { clients: [], conversations: [], messages: 0 };

/** The facts that moved further than their tolerance between two measurements, as sentences. */
export function drift(planned: Basis, measured: Basis): string[] {
  const now = new Map(measured.facts.map((fact) => [fact.name, fact.value]));
  const moved: string[] = [];
  for (const { name, value, tolerance } of planned.facts) {
    if (!now.has(name)) {
      moved.push(`${name} was ${String(value)} and is no longer there`);
      continue;
    }
    const current = now.get(name) ?? null;
    if (!within(value, current, tolerance))
      moved.push(`${name} was ${String(value)} and is ${String(current)}`);
  }
  const known = new Set(planned.facts.map((fact) => fact.name));
  for (const fact of measured.facts) {
    if (!known.has(fact.name)) moved.push(`${fact.name} is new: ${String(fact.value)}`);
  }
  return moved;
}

function within(planned: Fact['value'], current: Fact['value'], tolerance: Fact['tolerance']): boolean {
  if (planned === current) return true;
  if (tolerance === 'exact' || typeof planned !== 'number' || typeof current !== 'number') return false;
  if (tolerance === 'fewer') return current < planned;
  return Math.abs(current - planned) <= Math.abs(planned) * tolerance;
}
