import type { ReadContext, WriteContext } from '../../core/operation.ts';
import type { Basis, Plan } from '../../core/plan.ts';
import type { Step } from '../../core/step.ts';
import type { InjectionState } from '../../orchestrator/contract.ts';
import type { ReadAccess, WriteAccess } from '../access.ts';
import { amount } from '../status-change.ts';
import { type ActivationSelection, type ActivationsStatusData, radiusOf } from './selection.ts';

/** Id of the change that sets the switch; undo and probe know the step by it. */
export const injectionChange = 'injection';

/** Changes of the injection switch are guarded exactly: the plan goes stale when somebody else has set it. */
export function injectionBasis(measuredAt: string, state: InjectionState): Basis {
  return { measuredAt, facts: [{ name: 'injection switch', value: state, tolerance: 'exact' }] };
}

/** The plan that sets the injection switch; without changes when it is set already. */
export async function planInjection(
  context: ReadContext<ReadAccess>,
  operation: string,
  selection: ActivationSelection,
  to: InjectionState,
): Promise<Plan<ActivationsStatusData>> {
  const { orchestrator } = context.read;
  const { injection } = await orchestrator.switches();
  const statuses = ['scheduled', 'injecting'] as const;
  const found = await orchestrator.activations({ statuses, limit: 2_000 });
  // What has an end is injected by the orchestrator; open-ended activations are fed from outside and may not obey the switch.
  const campaigns = found.filter((one) => one.totalMessages !== null);
  const open = found.length - campaigns.length;
  const set = injection.state === to;
  return {
    operation,
    target: context.target,
    summary: set
      ? `Injection is ${to} already${injection.updatedBy === null ? '' : `, set by ${injection.updatedBy}`}.`
      : `Set the injection switch to ${to}: ${to === 'off' ? 'nothing new is injected for' : 'injection goes on for'} ${amount(campaigns.length, 'running or scheduled activation')}.`,
    basis: injectionBasis(context.clock.now().toISOString(), injection.state),
    changes: set
      ? []
      : [
          {
            id: injectionChange,
            target: 'injection switch',
            action: to === 'off' ? 'turn off' : 'turn on',
            count: 1,
            before: injection.state,
            after: to,
          },
        ],
    blastRadius: radiusOf(campaigns).radius,
    irreversible: [],
    commands: set
      ? []
      : [
          `update ${orchestrator.tables.settings} set value = '{"state": "${to}"}', updated_at = now(), updated_by = '${context.actor}' where key = 'injection' and value->>'state' = '${injection.state}';`,
        ],
    notes: [
      'Messages that are queued already stay queued.',
      ...(open === 0
        ? []
        : [
            `${amount(open, 'open-ended activation')} (transactional traffic of the APIs) may go on: not counted here.`,
          ]),
      ...(found.length === 2_000 ? ['Only the first 2,000 activations were counted.'] : []),
    ],
    data: { selection, activations: [] },
  };
}

export async function applyInjection(
  context: WriteContext<ReadAccess, WriteAccess>,
  plan: Plan<ActivationsStatusData>,
): Promise<void> {
  const [change] = plan.changes;
  if (change === undefined) return;
  const [from, to] = [change.before as InjectionState, change.after as InjectionState];
  await context.step(change, { injection: from }, async (write) => {
    await write.orchestrator.setInjection({ from, to, actor: context.actor });
    return { injection: to };
  });
}

/** Back to where it was; `stale-plan` when somebody has set it since. */
export async function undoInjection(
  context: WriteContext<ReadAccess, WriteAccess>,
  { change }: Step,
): Promise<void> {
  const [from, to] = [change.after as InjectionState, change.before as InjectionState];
  const undoing = {
    ...change,
    id: `undo:${change.id}`,
    action: `undo ${change.action}`,
    before: from,
    after: to,
  };
  await context.step(undoing, { injection: from }, async (write) => {
    await write.orchestrator.setInjection({ from, to, actor: context.actor });
    return { injection: to };
  });
}
