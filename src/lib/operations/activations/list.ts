import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { ActivationRecord, InjectionSwitch } from '../../orchestrator/contract.ts';
import type { CatalogueOperation } from '../access.ts';
import { amount } from '../status-change.ts';

const status = z.enum(['scheduled', 'injecting', 'paused', 'completed', 'cancelled']);
const input = z.strictObject({
  clientId: z.int().optional(),
  conversationIds: z.array(z.int()).min(1).optional(),
  activationIds: z.array(z.int()).min(1).optional(),
  statuses: z
    .array(status)
    .min(1)
    .default(['scheduled', 'injecting', 'paused'])
    .describe('those that are not over, unless told'),
  limit: z.int().min(1).max(10_000).default(50).describe('most activations'),
});

/** Data of `activations.list`. `more`: there are others beyond the limit. */
export interface ActivationsListData {
  readonly injection: InjectionSwitch;
  readonly activations: readonly ActivationRecord[];
  readonly more: boolean;
}

/** `activations.list`: activations with their progress, those that inject first, then newest first; and the injection switch. */
export const activationsList: CatalogueOperation<z.output<typeof input>, ActivationsListData> = diagnosis({
  id: 'activations.list',
  title: 'List activations',
  input,
  async measure(context, { limit, clientId, conversationIds, activationIds, statuses }) {
    const { orchestrator } = context.read;
    const { injection } = await orchestrator.switches();
    const found = await orchestrator.activations({
      ...(clientId === undefined ? {} : { clientIds: [clientId] }),
      ...(conversationIds === undefined ? {} : { conversationIds }),
      ...(activationIds === undefined ? {} : { ids: activationIds }),
      statuses,
      limit: limit + 1,
    });
    const activations = found.slice(0, limit);
    const injecting = activations.filter((one) => one.status === 'injecting').length;
    const more = found.length > limit;
    return {
      summary: `Injection is ${injection.state}; ${more ? 'of the first ' : ''}${amount(activations.length, 'activation')}${more ? '' : ':'} ${injecting.toLocaleString('en-US')} injecting.`,
      data: { injection, activations, more },
    };
  },
});
