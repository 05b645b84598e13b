import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { ConversationRecord } from '../../orchestrator/contract.ts';
import type { CatalogueOperation } from '../access.ts';
import { amount } from '../status-change.ts';

const input = z.strictObject({
  clientId: z.int().optional(),
  status: z.enum(['active', 'stopped']).optional(),
  limit: z.int().min(1).max(10_000).default(50).describe('most conversations'),
});

/** Data of `conversations.list`. `more`: there are others beyond the limit. */
export interface ConversationsListData {
  readonly conversations: readonly ConversationRecord[];
  readonly more: boolean;
}

/** `conversations.list`: conversations with their client and status, by id. */
export const conversationsList: CatalogueOperation<z.output<typeof input>, ConversationsListData> = diagnosis(
  {
    id: 'conversations.list',
    title: 'List conversations',
    input,
    async measure(context, { limit, clientId, status }) {
      const found = await context.read.orchestrator.conversations({
        ...(clientId === undefined ? {} : { clientIds: [clientId] }),
        ...(status === undefined ? {} : { status }),
        limit: limit + 1,
      });
      const conversations = found.slice(0, limit);
      const stopped = conversations.filter((one) => one.status === 'stopped').length;
      const more = found.length > limit;
      return {
        summary: `${more ? 'The first ' : ''}${amount(conversations.length, 'conversation')}, ${stopped.toLocaleString('en-US')} stopped.`,
        data: { conversations, more },
      };
    },
  },
);
