import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import { visible } from '../../core/visible.ts';
import type { ActivationRecord, ConversationRecord } from '../../orchestrator/contract.ts';
import type { CatalogueOperation } from '../access.ts';
import { knownConversations } from './known.ts';

const mostActivations = 50;
const input = z.strictObject({ conversationId: z.int() });

/** Data of `conversations.show`. The newest 50 activations, those that inject first. */
export interface ConversationShowData {
  readonly conversation: ConversationRecord;
  readonly activations: readonly ActivationRecord[];
  readonly moreActivations: boolean;
}

/** `conversations.show`: one conversation with its activations. An unknown id is a `usage` error. */
export const conversationsShow: CatalogueOperation<z.output<typeof input>, ConversationShowData> = diagnosis({
  id: 'conversations.show',
  title: 'Show a conversation and its activations',
  input,
  async measure(context, { conversationId }) {
    const { orchestrator } = context.read;
    const [conversation] = await knownConversations(orchestrator, [conversationId]);
    if (conversation === undefined) throw new RangeError('no conversation although its id is known');
    const found = await orchestrator.activations({
      conversationIds: [conversationId],
      limit: mostActivations + 1,
    });
    const running = found.filter((one) => one.status === 'injecting' || one.status === 'scheduled').length;
    return {
      summary: `Conversation ${conversationId} "${visible(conversation.name)}" of ${visible(conversation.client)} is ${conversation.status}; ${running} of its activations inject or are scheduled.`,
      data: {
        conversation,
        activations: found.slice(0, mostActivations),
        moreActivations: found.length > mostActivations,
      },
    };
  },
});
