import { SpillwayError } from '../../core/errors.ts';
import type { ConversationRecord, OrchestratorReader } from '../../orchestrator/contract.ts';

/** The conversations with these ids. Throws `usage` when one does not exist, naming it. */
export async function knownConversations(
  orchestrator: OrchestratorReader,
  ids: readonly number[],
): Promise<ConversationRecord[]> {
  const found = await orchestrator.conversations({ ids, limit: ids.length });
  const known = new Set(found.map((one) => one.id));
  const missing = [...new Set(ids)].filter((id) => !known.has(id));
  if (missing.length > 0) {
    throw new SpillwayError(
      'usage',
      `there is no conversation ${missing.slice(0, 10).join(', ')}${missing.length > 10 ? ', …' : ''}.`,
      { suggestions: ['spillway conversations list'], details: { missing } },
    );
  }
  return found;
}
