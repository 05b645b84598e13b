import type { QueuedMessage } from '../message.ts';
import type { PostgresSession } from './postgres-session.ts';

/** What is to become of a message of this conversation and activation. */
export type Admission = 'process' | 'defer' | 'unknown';

interface States {
  readonly conversation: 'active' | 'stopped';
  readonly activation: 'scheduled' | 'injecting' | 'paused' | 'completed' | 'cancelled';
}

function admissionOf(states: States | undefined): Admission {
  if (!states) return 'unknown';
  const held =
    states.conversation === 'stopped' || states.activation === 'paused' || states.activation === 'cancelled';
  return held ? 'defer' : 'process';
}

/** Looks up the conversation and the activation of a message. It is done for each message; nothing is remembered. */
export async function checkStates(session: PostgresSession, message: QueuedMessage): Promise<Admission> {
  const found = await session.query<{
    conversation: States['conversation'];
    activation: States['activation'];
  }>({
    name: 'check-states',
    text: `select c.status as conversation, a.status as activation
             from orchestrator.conversations c join orchestrator.activations a on a.conversation_id = c.id
             where c.id = $1 and a.id = $2`,
    values: [message.conversationId, message.activationId],
  });
  return admissionOf(found.rows[0]);
}

/**
 * Sets a message of a stopped conversation aside in one transaction: counts it, then locks and looks again, so that nobody can
 * resume the conversation between the look and the count. The count is taken first: its row lock lets one worker at a time
 * hold the shared lock of the conversation, and whoever wants to resume it is not starved by an unbroken chain of shared locks.
 * @returns false when the conversation was resumed meanwhile; nothing is counted then
 */
export async function recordDeferral(session: PostgresSession, message: QueuedMessage): Promise<boolean> {
  try {
    await session.transaction(async (client) => {
      await client.query({
        name: 'count-deferral',
        text: `insert into orchestrator.deferrals as d (conversation_id, deferred, last_at) values ($1, 1, now())
                 on conflict (conversation_id) do update set deferred = d.deferred + 1, last_at = now()`,
        values: [message.conversationId],
      });
      const found = await client.query<{
        conversation: States['conversation'];
        activation: States['activation'];
      }>({
        name: 'lock-states',
        text: `select c.status as conversation, a.status as activation
                 from orchestrator.conversations c join orchestrator.activations a on a.conversation_id = c.id
                 where c.id = $1 and a.id = $2 for share`,
        values: [message.conversationId, message.activationId],
      });
      if (admissionOf(found.rows[0]) !== 'defer') throw new ResumedMeanwhile();
    });
    return true;
  } catch (error) {
    if (error instanceof ResumedMeanwhile) return false;
    throw error;
  }
}

class ResumedMeanwhile extends Error {}

/** A canary proves that a channel delivers: the row that its sender made is marked. */
export async function markCanary(session: PostgresSession, message: QueuedMessage): Promise<void> {
  await session.query({
    name: 'deliver-canary',
    text: 'update orchestrator.canaries set delivered_at = now() where id = $1',
    values: [message.id],
  });
}
