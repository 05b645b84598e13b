import { SpillwayError } from '../../core/errors.ts';
import type { BlastRadius } from '../../core/plan.ts';
import type { QueueCount } from '../../drivers/queue/driver.ts';
import type { OrchestratorReader } from '../../orchestrator/contract.ts';

/**
 * Whom a count touches, with the orchestrator's names. Where the orchestrator's database does not answer, the ids stand alone and `note` says why:
 * a queue must be purged also while Postgres is down.
 */
export async function namedRadius(
  orchestrator: OrchestratorReader,
  count: Pick<QueueCount, 'matched' | 'byClient' | 'byConversation'>,
): Promise<{ readonly radius: BlastRadius; readonly note: string | null }> {
  const clientIds = count.byClient.map(({ id }) => id);
  const conversationIds = count.byConversation.map(({ id }) => id);
  const radius = (
    client: (id: number) => string | undefined,
    conversation: (id: number) => string | undefined,
  ) => ({
    clients: clientIds.map((id) => ({ id, name: client(id) ?? `client ${id}` })),
    conversations: conversationIds.map((id) => ({ id, name: conversation(id) ?? `conversation ${id}` })),
    messages: count.matched,
  });
  if (clientIds.length === 0 && conversationIds.length === 0)
    return { radius: radius(nameless, nameless), note: null };
  try {
    const names = await orchestrator.names({ clientIds, conversationIds });
    return {
      radius: radius(
        (id) => names.clients.get(id),
        (id) => names.conversations.get(id)?.name,
      ),
      note: null,
    };
  } catch (error) {
    if (!(error instanceof SpillwayError)) throw error;
    return {
      radius: radius(nameless, nameless),
      note: `Names of clients and conversations are not to be had: ${error.message}`,
    };
  }
}

function nameless(): undefined {
  return undefined;
}
