import { systemClock } from '../../../src/lib/core/clock.ts';
import type { Json } from '../../../src/lib/core/json.ts';
import type { ReadContext, WriteContext } from '../../../src/lib/core/operation.ts';
import { drift, type Plan } from '../../../src/lib/core/plan.ts';
import type { Step } from '../../../src/lib/core/step.ts';
import type { CatalogueOperation, ReadAccess, WriteAccess } from '../../../src/lib/operations/access.ts';
import { postgresDatabaseReader } from '../../../src/lib/orchestrator/postgres-database.ts';
import { postgresOrchestratorReader } from '../../../src/lib/orchestrator/postgres-reader.ts';
import { postgresOrchestratorWriter } from '../../../src/lib/orchestrator/postgres-writer.ts';
import { names, type OrchestratorDatabase } from './fixture.ts';

type Handles = Pick<OrchestratorDatabase, 'reader' | 'writer'>;

/** What an operation reads, from PostgreSQL only; `parts` adds the other stores. */
export function readContext(handles: Handles, parts: Partial<ReadAccess> = {}): ReadContext<ReadAccess> {
  const read = {
    orchestrator: postgresOrchestratorReader(handles.reader, names),
    database: postgresDatabaseReader(handles.reader, names),
    expected: { deliveriesPerSecond: null },
    ...parts,
  } as ReadAccess;
  return {
    target: 'test',
    read,
    clock: systemClock,
    signal: new AbortController().signal,
    progress: () => undefined,
    actor: 'tester@host',
  };
}

/** Applies without a journal: every step runs at once and is kept in `steps`. */
export function writeContext(
  handles: Handles,
  parts: { readonly read?: Partial<ReadAccess>; readonly write?: Partial<WriteAccess> } = {},
): WriteContext<ReadAccess, WriteAccess> & { readonly steps: Step[] } {
  const steps: Step[] = [];
  const write = {
    orchestrator: postgresOrchestratorWriter(handles.writer, names),
    ...parts.write,
  } as WriteAccess;
  return {
    ...readContext(handles, parts.read),
    runId: 'run-test',
    steps,
    async step<Result extends Json>(
      change: Step['change'],
      undo: Json,
      effect: (lent: WriteAccess) => Promise<Result>,
    ): Promise<Result> {
      const result = await effect(write);
      const at = new Date().toISOString();
      steps.push({
        id: `step-${steps.length + 1}`,
        runId: 'run-test',
        bookStep: null,
        operation: 'test',
        change,
        undo,
        status: 'done',
        result,
        error: null,
        startedAt: at,
        finishedAt: at,
        undoneBy: null,
      });
      return result;
    },
    checkpoint: async () => undefined,
  };
}

/** What moved between the plan and a second measurement, as the engine compares them. */
export async function driftOf<Input, Data>(
  operation: CatalogueOperation<Input, Data>,
  context: ReadContext<ReadAccess>,
  input: Input,
  plan: Plan<Data>,
): Promise<string[]> {
  const again =
    operation.measure === undefined
      ? (await operation.plan(context, input)).basis
      : await operation.measure(context, plan);
  return drift(plan.basis, again);
}
