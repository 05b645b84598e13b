import type { ErrorCode } from '../addresses.ts';
import type { PostgresSession } from './postgres-session.ts';

/** One failed message, as it is written to the error log. */
export interface FailedMessage {
  readonly conversationId: number | null;
  readonly activationId: number | null;
  readonly messageId: string | null;
  readonly channel: string;
  readonly code: ErrorCode;
  readonly detail: string;
}

/**
 * Writes a failure the way that the orchestrator's data layer does: one transaction, one round trip a statement. The
 * conversation's totals row is read and locked first, and stays locked until the commit is on disk; so all workers that fail
 * messages of one conversation wait for each other. This is the bottleneck of the incident.
 */
export async function writeError(session: PostgresSession, failed: FailedMessage): Promise<void> {
  await session.transaction(async (client) => {
    const errors = failed.conversationId === null ? 0 : await lockTotals(failed.conversationId);
    await client.query({
      name: 'insert-error',
      text: `insert into orchestrator.error_log (conversation_id, activation_id, message_id, channel, code, detail)
               values ($1, $2, $3, $4, $5, $6) returning id, created_at`,
      values: [
        failed.conversationId,
        failed.activationId,
        failed.messageId,
        failed.channel,
        failed.code,
        failed.detail,
      ],
    });
    if (failed.conversationId !== null)
      await client.query({
        name: 'update-totals',
        text: 'update orchestrator.error_totals set errors = $2, last_error_at = now() where conversation_id = $1',
        values: [failed.conversationId, errors + 1],
      });

    async function lockTotals(conversationId: number): Promise<number> {
      const select = {
        name: 'lock-totals',
        text: 'select errors from orchestrator.error_totals where conversation_id = $1 for update',
        values: [conversationId],
      };
      const found = await client.query<{ errors: string }>(select);
      if (found.rows[0]) return Number(found.rows[0].errors);
      await client.query({
        name: 'insert-totals',
        text: 'insert into orchestrator.error_totals (conversation_id) values ($1) on conflict do nothing',
        values: [conversationId],
      });
      const made = await client.query<{ errors: string }>(select);
      return Number(made.rows[0]?.errors ?? 0);
    }
  });
}
