import { z } from 'zod';
import { SpillwayError } from '../../core/errors.ts';
import type { BlastRadius } from '../../core/plan.ts';
import type { ActivationRecord, ActivationStatus, OrchestratorReader } from '../../orchestrator/contract.ts';
import { amount, parties } from '../status-change.ts';

/** More than these in one plan are not what anybody means by a list of activations: then it is the switch. */
const mostActivations = 20_000;

/** Either `all` (the injection switch) or a selection; every list given must hold, as in the selectors of the queue. */
export const selectionInput = z
  .strictObject({
    all: z.boolean().optional().describe('all injection, by the switch of the orchestrator'),
    clientIds: z.array(z.int()).min(1).optional(),
    conversationIds: z.array(z.int()).min(1).optional(),
    activationIds: z.array(z.int()).min(1).optional(),
  })
  .refine(
    ({ all, clientIds, conversationIds, activationIds }) =>
      (all === true) !==
      (clientIds !== undefined || conversationIds !== undefined || activationIds !== undefined),
    { message: 'give either all, or one or more of clientIds, conversationIds, activationIds' },
  );
export type ActivationSelection = z.output<typeof selectionInput>;

/** What a plan of `activations.pause` and `activations.resume` carries. */
export interface ActivationsStatusData {
  readonly selection: ActivationSelection;
  /** Empty when the switch is what changes. */
  readonly activations: readonly {
    readonly id: number;
    readonly from: ActivationStatus;
    readonly to: ActivationStatus;
  }[];
}

/** The activations of a selection that are in one of the statuses, by id. */
export async function selectedActivations(
  orchestrator: OrchestratorReader,
  selection: ActivationSelection,
  statuses: readonly ActivationStatus[],
): Promise<ActivationRecord[]> {
  const { clientIds, conversationIds, activationIds } = selection;
  const found = await orchestrator.activations({
    ...(clientIds === undefined ? {} : { clientIds }),
    ...(conversationIds === undefined ? {} : { conversationIds }),
    ...(activationIds === undefined ? {} : { ids: activationIds }),
    statuses,
    limit: mostActivations + 1,
  });
  if (found.length > mostActivations) {
    throw new SpillwayError(
      'usage',
      `the selection holds more than ${mostActivations.toLocaleString('en-US')} activations.`,
      { suggestions: ['spillway activations pause --all', 'select by client or conversation'] },
    );
  }
  return found.sort((a, b) => a.id - b.id);
}

/** Whom it touches. `messages`: those not injected yet; open-ended activations count 0, and a note says so. */
export function radiusOf(activations: readonly ActivationRecord[]): { radius: BlastRadius; notes: string[] } {
  const left = (one: ActivationRecord) =>
    one.totalMessages === null ? 0 : Math.max(0, one.totalMessages - one.injectedMessages);
  const open = activations.filter((one) => one.totalMessages === null).length;
  return {
    radius: {
      clients: parties(activations.map((one) => ({ id: one.clientId, name: one.client }))),
      conversations: parties(activations.map((one) => ({ id: one.conversationId, name: one.conversation }))),
      messages: activations.reduce((sum, one) => sum + left(one), 0),
    },
    notes:
      open === 0
        ? []
        : [
            `${amount(open, 'activation')} of these ${open === 1 ? 'is' : 'are'} open-ended: how many messages ${open === 1 ? 'it' : 'they'} will still bring is not known, and 0 is counted.`,
          ],
  };
}

/** How many are in each status, as JSON for a change: `{injecting: 7, scheduled: 1}`. */
export function byStatus(rows: readonly { readonly from: ActivationStatus }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { from } of rows) counts[from] = (counts[from] ?? 0) + 1;
  return counts;
}
