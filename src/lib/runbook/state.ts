import type { Check } from '../core/check.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { RunHistory } from '../journal/history.ts';

export type BookStepStatus =
  | 'done'
  | 'skipped'
  | 'failed'
  | 'planned'
  | 'unknown'
  | 'interrupted'
  | 'stopped';

/** What became of one step of a runbook. */
export interface BookStepResult {
  readonly id: string;
  readonly title: string;
  readonly operation: string | null;
  readonly status: BookStepStatus;
  /** ISO-8601; null for a step that was never begun. */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** The answer in one sentence: what was measured or done, or why not. */
  readonly summary: string;
  /** What later expressions see as `steps.<id>.data`. */
  readonly data: Json;
  readonly checks: readonly Check[];
  /** The step that a gate chose; null for anything else. */
  readonly goto: string | null;
}

/** What expressions see: `inputs`, `steps`, `target`, `incident`. */
export function expressionScope(
  inputs: JsonObject,
  results: ReadonlyMap<string, BookStepResult>,
  target: string,
  incidentId: string | null,
): JsonObject {
  const steps: Record<string, Json> = {};
  for (const [id, { status, summary, data, checks }] of results) {
    steps[id] = { status, summary, data, checks: checks.map((check) => ({ ...check })) };
  }
  return { inputs, steps, target, incident: incidentId };
}

/** The finished steps of a run that is resumed, by id. Failed, interrupted and unknown ones are left out: they are gone through again. */
export function finishedSteps(history: RunHistory): Map<string, BookStepResult> {
  const finished = new Map<string, BookStepResult>();
  const started = new Map<string, string>();
  for (const record of history.records) {
    if (record.type !== 'book.step') continue;
    const { body } = record;
    const id = String(body['stepId']);
    const status = String(body['status']);
    if (status === 'started') {
      started.set(id, record.ts);
      continue;
    }
    if (status !== 'done' && status !== 'skipped') {
      finished.delete(id);
      continue;
    }
    finished.set(id, {
      id,
      title: String(body['title']),
      operation: record.op,
      status,
      startedAt: started.get(id) ?? record.ts,
      finishedAt: record.ts,
      summary: String(body['summary']),
      data: body['data'] ?? null,
      checks: (body['checks'] ?? []) as unknown as Check[],
      goto: typeof body['goto'] === 'string' ? body['goto'] : null,
    });
  }
  // What was undone since is to be done again, with a plan and a yes of its own: it must not be taken for done.
  for (const id of undoneBookSteps(history)) finished.delete(id);
  return finished;
}

/** Steps of the book that have a change whose newest carrying out was undone. */
function undoneBookSteps(history: RunHistory): Set<string> {
  const newest = new Map(
    history.steps.map((step) => [JSON.stringify([step.bookStep, step.change.id]), step]),
  );
  const undone = [...newest.values()].filter((step) => step.undoneBy !== null);
  return new Set(undone.flatMap((step) => (step.bookStep === null ? [] : [step.bookStep])));
}
