import type { ReadContext } from '../../core/operation.ts';
import type { Fact, Plan } from '../../core/plan.ts';
import type {
  ActivationRecord,
  ActivationStatus,
  InjectionState,
  OrchestratorReader,
} from '../../orchestrator/contract.ts';
import type { CatalogueOperation, ReadAccess } from '../access.ts';
import {
  amount,
  demandSomeUndone,
  idList,
  probedFrom,
  reversed,
  rowsOfStep,
  statusResult,
  statusUndo,
} from '../status-change.ts';
import {
  applyInjection,
  injectionBasis,
  injectionChange,
  planInjection,
  undoInjection,
} from './injection.ts';
import {
  type ActivationSelection,
  type ActivationsStatusData,
  byStatus,
  radiusOf,
  selectedActivations,
  selectionInput,
} from './selection.ts';

/** What the two directions differ in. */
export interface Direction {
  readonly id: 'activations.pause' | 'activations.resume';
  readonly title: string;
  readonly verb: 'pause' | 'resume';
  readonly from: readonly ActivationStatus[];
  to(activation: ActivationRecord): ActivationStatus;
  readonly injection: InjectionState;
  /** What may happen to these activations between plan and apply without making the plan stale. */
  readonly drift: Fact['tolerance'];
  readonly whenMoved: 'refuse' | 'skip';
}

/** Pauses or resumes injection: all of it by the switch, or activations by client, conversation or id, in one transaction. */
export function activationsStatus(
  direction: Direction,
): CatalogueOperation<ActivationSelection, ActivationsStatusData> {
  const { id: operation, verb } = direction;
  const past = verb === 'pause' ? 'paused' : 'resumed';

  const basisOf = (measuredAt: string, ids: readonly number[]) => ({
    measuredAt,
    facts: [{ name: `activations to ${verb}`, value: ids.length, tolerance: direction.drift }],
  });

  async function plan(
    context: ReadContext<ReadAccess>,
    selection: ActivationSelection,
  ): Promise<Plan<ActivationsStatusData>> {
    if (selection.all === true) return planInjection(context, operation, selection, direction.injection);
    const { orchestrator } = context.read;
    const found = await selectedActivations(orchestrator, selection, direction.from);
    const rows = found.map((one) => ({ id: one.id, from: one.status, to: direction.to(one) }));
    const ids = rows.map((row) => row.id);
    const { radius, notes } = radiusOf(found);
    return {
      operation,
      target: context.target,
      summary:
        rows.length === 0
          ? `Nothing to ${verb}: no activation of the selection is ${direction.from.join(' or ')}.`
          : `${verb === 'pause' ? 'Pause' : 'Resume'} ${amount(rows.length, 'activation')} of ${amount(radius.conversations.length, 'conversation')}: ${idList(ids)}.`,
      basis: basisOf(context.clock.now().toISOString(), ids),
      changes:
        rows.length === 0
          ? []
          : [
              {
                id: verb,
                target: `${rows.length === 1 ? 'activation' : 'activations'} ${idList(ids)}`,
                action: verb,
                count: rows.length,
                before: byStatus(rows),
                after: byStatus(rows.map((row) => ({ from: row.to }))),
              },
            ],
      blastRadius: radius,
      irreversible: [],
      commands: commandsOf(orchestrator, context.actor, rows, direction.from),
      notes: ['Messages that are queued already stay queued.', ...notes],
      data: { selection, activations: rows },
    };
  }

  async function statuses(context: ReadContext<ReadAccess>, ids: readonly number[]) {
    const now = await context.read.orchestrator.activations({ ids, limit: ids.length });
    return new Map(now.map((one) => [one.id, one.status]));
  }

  return {
    id: operation,
    title: direction.title,
    impact: 'reversible',
    input: selectionInput,
    plan,

    /** Only what the plan chose is measured again: a campaign that starts meanwhile is not drift of this plan (verify names it). */
    async measure(context, { data }) {
      const measuredAt = context.clock.now().toISOString();
      if (data.selection.all === true) {
        const { injection } = await context.read.orchestrator.switches();
        return injectionBasis(measuredAt, injection.state);
      }
      const now = await statuses(
        context,
        data.activations.map((one) => one.id),
      );
      const still = [...now].filter(([, status]) => direction.from.includes(status));
      return basisOf(
        measuredAt,
        still.map(([id]) => id),
      );
    },

    async apply(context, carried) {
      if (carried.data.selection.all === true) return applyInjection(context, carried);
      const [change] = carried.changes;
      if (change === undefined) return;
      const rows = carried.data.activations;
      await context.step(change, statusUndo(rows), async (write) => {
        // From any of the statuses: a scheduled one that began to inject a moment ago is paused too, and its result says what it was.
        const wanted = rows.map(({ id, to }) => ({ id, from: direction.from, to }));
        const options = { actor: context.actor, whenMoved: direction.whenMoved };
        return statusResult(await write.orchestrator.setActivationStatus(wanted, options));
      });
    },

    async verify(context, { data }) {
      const { orchestrator } = context.read;
      if (data.selection.all === true) {
        const { injection } = await orchestrator.switches();
        const ok = injection.state === direction.injection;
        return [
          { name: 'injection switch', ok, detail: `${injection.state}, expected ${direction.injection}` },
        ];
      }
      const left = await selectedActivations(orchestrator, data.selection, direction.from);
      const planned = new Set(data.activations.map((one) => one.id));
      const missed = left.filter((one) => planned.has(one.id));
      const others = left.filter((one) => !planned.has(one.id));
      const list = (rows: readonly ActivationRecord[]) => idList(rows.map((one) => one.id));
      return [
        {
          name: `activations ${past}`,
          ok: missed.length === 0,
          detail:
            missed.length === 0
              ? `none of ${amount(planned.size, 'activation')} is ${direction.from.join(' or ')} any more`
              : `still ${direction.from.join(' or ')}: ${list(missed)}`,
        },
        {
          name: 'selection unchanged',
          ok: others.length === 0,
          detail:
            others.length === 0
              ? 'no other activation of the selection appeared'
              : `appeared since the plan, and not ${past}: ${list(others)}`,
        },
      ];
    },

    async undo(context, steps) {
      for (const step of steps) {
        const { change } = step;
        if (change.id.endsWith(injectionChange)) {
          await undoInjection(context, step);
          continue;
        }
        const rows = rowsOfStep<ActivationStatus>(step);
        const back = rows.map((row) => ({ id: row.id, from: row.to, to: row.from }));
        const undoing = {
          ...change,
          id: `undo:${change.id}`,
          action: `undo ${change.action}`,
          before: change.after,
          after: change.before,
        };
        await context.step(undoing, statusUndo(back), async (write) => {
          const options = { actor: context.actor, whenMoved: 'skip' } as const;
          const result = await write.orchestrator.setActivationStatus(reversed(rows), options);
          demandSomeUndone(step, result);
          return statusResult(result);
        });
      }
    },

    async probe(context, step) {
      if (step.change.id.endsWith(injectionChange)) {
        const { injection } = await context.read.orchestrator.switches();
        return injection.state === step.change.after ? 'done' : 'not-done';
      }
      const rows = rowsOfStep<ActivationStatus>(step);
      return probedFrom(
        rows,
        await statuses(
          context,
          rows.map((row) => row.id),
        ),
      );
    },
  };
}

/** The statements that would do the same, one for each new status. */
function commandsOf(
  { tables }: OrchestratorReader,
  actor: string,
  rows: ActivationsStatusData['activations'],
  from: readonly ActivationStatus[],
): string[] {
  const states = from.map((status) => `'${status}'`).join(', ');
  return [...Map.groupBy(rows, (row) => row.to)].map(
    ([to, group]) =>
      `update ${tables.activations} set status = '${to}', updated_at = now(), updated_by = '${actor}' where id in (${group.map((row) => row.id).join(', ')}) and status in (${states});`,
  );
}
