import type { Json } from '../core/json.ts';
import type { Change, Plan } from '../core/plan.ts';
import type { Step, StepStatus } from '../core/step.ts';
import type { JournalRecord } from './record.ts';

export type RunStatus = 'running' | 'done' | 'failed' | 'stopped' | 'interrupted' | 'unknown';

/** What the journal says of one run. */
export interface RunHistory {
  readonly id: string;
  readonly kind: 'operation' | 'runbook' | 'undo';
  /** Operation id, runbook id, or what is undone. */
  readonly name: string;
  readonly incidentId: string | null;
  readonly actor: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** `running` also for a run whose process died: only the lock tells whether somebody still works on it. */
  readonly status: RunStatus;
  /** The body of `run.started`: input, inputs, the runbook itself. */
  readonly opening: Readonly<Record<string, Json>>;
  readonly steps: readonly Step[];
  /** The newest plan of each runbook step (key `''` for a single operation). */
  readonly plans: ReadonlyMap<string, Plan<Json>>;
  readonly records: readonly JournalRecord[];
}

interface Draft {
  opening: JournalRecord;
  status: RunStatus;
  finishedAt: string | null;
  steps: Map<string, Step>;
  plans: Map<string, Plan<Json>>;
  records: JournalRecord[];
}

/** Every run of the journal, oldest first. */
export function runsOf(records: readonly JournalRecord[]): RunHistory[] {
  const drafts = new Map<string, Draft>();
  const undoneBy = new Map<string, string>();
  for (const record of records) {
    if (record.run === null) continue;
    if (record.type === 'run.started') {
      drafts.set(record.run, {
        opening: record,
        status: 'running',
        finishedAt: null,
        steps: new Map(),
        plans: new Map(),
        records: [],
      });
    }
    const draft = drafts.get(record.run);
    if (draft === undefined) continue;
    draft.records.push(record);
    follow(draft, record, undoneBy);
  }
  return [...drafts.entries()].map(([id, draft]) => finish(id, draft, undoneBy));
}

function follow(draft: Draft, record: JournalRecord, undoneBy: Map<string, string>): void {
  const { body } = record;
  switch (record.type) {
    case 'run.resumed':
      draft.status = 'running';
      draft.finishedAt = null;
      break;
    case 'run.ended':
      draft.status = body['status'] as RunStatus;
      draft.finishedAt = record.ts;
      break;
    case 'plan.made':
      draft.plans.set((body['bookStep'] as string | null) ?? '', body['plan'] as unknown as Plan<Json>);
      break;
    case 'step.intended':
      draft.steps.set(body['stepId'] as string, {
        id: body['stepId'] as string,
        runId: record.run ?? '',
        bookStep: (body['bookStep'] as string | null) ?? null,
        operation: record.op ?? '',
        change: body['change'] as unknown as Change,
        undo: body['undo'] ?? null,
        status: 'intended',
        result: null,
        error: null,
        startedAt: record.ts,
        finishedAt: null,
        undoneBy: null,
      });
      break;
    case 'step.retried': {
      // Whatever the first attempt came to: until this one ends, nobody knows.
      const step = draft.steps.get(body['stepId'] as string);
      if (step === undefined) break;
      draft.steps.set(step.id, { ...step, status: 'intended', result: null, error: null, finishedAt: null });
      break;
    }
    case 'step.ended': {
      const step = draft.steps.get(body['stepId'] as string);
      if (step === undefined) break;
      const status = body['status'] as StepStatus;
      draft.steps.set(step.id, {
        ...step,
        status,
        result: body['result'] ?? null,
        error: (body['error'] as string | null) ?? null,
        finishedAt: record.ts,
      });
      break;
    }
    case 'step.undone':
      undoneBy.set(body['stepId'] as string, record.run ?? '');
      break;
  }
}

function finish(id: string, draft: Draft, undoneBy: ReadonlyMap<string, string>): RunHistory {
  const { opening } = draft;
  return {
    id,
    kind: opening.body['kind'] as RunHistory['kind'],
    name: opening.body['name'] as string,
    incidentId: (opening.body['incidentId'] as string | null) ?? null,
    actor: opening.actor,
    startedAt: opening.ts,
    finishedAt: draft.finishedAt,
    status: draft.status,
    opening: opening.body,
    steps: [...draft.steps.values()].map((step) => ({ ...step, undoneBy: undoneBy.get(step.id) ?? null })),
    plans: draft.plans,
    records: draft.records,
  };
}
