import { z } from 'zod';
import type { ReadContext } from '../../core/operation.ts';
import type { Plan } from '../../core/plan.ts';
import { visible } from '../../core/visible.ts';
import type { ConversationRecord, ConversationStatus } from '../../orchestrator/contract.ts';
import type { CatalogueOperation, ReadAccess } from '../access.ts';
import {
  amount,
  demandSomeUndone,
  idList,
  type PlannedStatus,
  parties,
  probedFrom,
  reversed,
  rowsOfStep,
  statusResult,
  statusUndo,
} from '../status-change.ts';
import { knownConversations } from './known.ts';

const input = z.strictObject({
  conversationIds: z.array(z.int()).min(1).max(10_000).describe('conversations, by id'),
});
type Input = z.output<typeof input>;

/** What a plan of `conversations.stop` and `conversations.resume` carries. */
export interface ConversationsStatusData {
  readonly conversations: readonly (PlannedStatus<ConversationStatus> & {
    readonly name: string;
    readonly clientId: number;
    readonly client: string;
  })[];
}

/** What the two directions differ in. */
export interface Direction {
  readonly id: 'conversations.stop' | 'conversations.resume';
  readonly title: string;
  readonly verb: 'stop' | 'resume';
  readonly from: ConversationStatus;
  readonly to: ConversationStatus;
  readonly notes: readonly string[];
}

/**
 * Stops or resumes conversations: all of them in one transaction, or none (`stale-plan`). Their activations are not touched.
 * The status of every conversation asked for is part of the basis, exactly; the same comparison stands in the statement.
 */
export function conversationsStatus(
  direction: Direction,
): CatalogueOperation<Input, ConversationsStatusData> {
  const { id: operation, verb, from, to } = direction;

  async function plan(
    context: ReadContext<ReadAccess>,
    { conversationIds }: Input,
  ): Promise<Plan<ConversationsStatusData>> {
    const ids = [...new Set(conversationIds)].sort((a, b) => a - b);
    const found = await knownConversations(context.read.orchestrator, ids);
    const chosen = found.filter((one) => one.status === from);
    const already = found.filter((one) => one.status !== from);
    const chosenIds = chosen.map((one) => one.id);
    const clients = parties(chosen.map((one) => ({ id: one.clientId, name: one.client })));
    const skipped =
      already.length === 0 ? [] : [`Already ${to}, left alone: ${idList(already.map((one) => one.id))}.`];
    return {
      operation,
      target: context.target,
      summary:
        chosen.length === 0
          ? `Nothing to ${verb}: ${amount(found.length, 'conversation')} already ${to}.`
          : `${verb === 'stop' ? 'Stop' : 'Resume'} ${amount(chosen.length, 'conversation')} of ${amount(clients.length, 'client')}: ${idList(chosenIds)}.`,
      basis: {
        measuredAt: context.clock.now().toISOString(),
        facts: found.map((one) => ({
          name: `status of conversation ${one.id}`,
          value: one.status,
          tolerance: 'exact',
        })),
      },
      changes:
        chosen.length === 0
          ? []
          : [
              {
                id: verb,
                target: labelOf(chosen),
                action: verb,
                count: chosen.length,
                before: from,
                after: to,
              },
            ],
      blastRadius: { clients, conversations: parties(chosen), messages: 0 },
      irreversible: [],
      commands:
        chosen.length === 0
          ? []
          : [
              `update ${context.read.orchestrator.tables.conversations} set status = '${to}', updated_at = now(), updated_by = '${context.actor}' where id in (${chosenIds.join(', ')}) and status = '${from}';`,
            ],
      notes: [...direction.notes, ...skipped],
      data: {
        conversations: chosen.map(({ id, name, clientId, client }) => ({
          id,
          from,
          to,
          name,
          clientId,
          client,
        })),
      },
    };
  }

  async function statuses(context: ReadContext<ReadAccess>, rows: readonly { readonly id: number }[]) {
    const ids = rows.map((one) => one.id);
    const now = await context.read.orchestrator.conversations({ ids, limit: ids.length });
    return new Map(now.map((one) => [one.id, one.status]));
  }

  return {
    id: operation,
    title: direction.title,
    impact: 'reversible',
    input,
    plan,

    async apply(context, { changes: [change], data }) {
      if (change === undefined) return;
      await context.step(change, statusUndo(data.conversations), async (write) => {
        const wanted = data.conversations.map((one) => ({ id: one.id, from: [one.from], to: one.to }));
        const options = { actor: context.actor, whenMoved: 'refuse' } as const;
        return statusResult(await write.orchestrator.setConversationStatus(wanted, options));
      });
    },

    async verify(context, { data }) {
      const now = await statuses(context, data.conversations);
      const other = data.conversations.filter((one) => now.get(one.id) !== to);
      return [
        {
          name: `conversations ${to}`,
          ok: other.length === 0,
          detail:
            other.length === 0
              ? `${amount(data.conversations.length, 'conversation')} ${to}`
              : `not ${to}: ${idList(other.map((one) => one.id))}`,
        },
      ];
    },

    async undo(context, steps) {
      for (const step of steps) {
        const rows = rowsOfStep<ConversationStatus>(step);
        const back = rows.map((row) => ({ id: row.id, from: row.to, to: row.from }));
        const { change } = step;
        const undoing = {
          ...change,
          id: `undo:${change.id}`,
          action: `undo ${change.action}`,
          before: change.after,
          after: change.before,
        };
        await context.step(undoing, statusUndo(back), async (write) => {
          const options = { actor: context.actor, whenMoved: 'skip' } as const;
          const result = await write.orchestrator.setConversationStatus(reversed(rows), options);
          demandSomeUndone(step, result);
          return statusResult(result);
        });
      }
    },

    async probe(context, step) {
      const rows = rowsOfStep<ConversationStatus>(step);
      return probedFrom(rows, await statuses(context, rows));
    },
  };
}

function labelOf(chosen: readonly ConversationRecord[]): string {
  const [only] = chosen;
  if (chosen.length === 1 && only !== undefined) return `conversation ${only.id} "${visible(only.name)}"`;
  return `conversations ${idList(chosen.map((one) => one.id))}`;
}
