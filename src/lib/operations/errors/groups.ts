import { z } from 'zod';
import type { ErrorColumn, OrchestratorReader, PageGroupCount } from '../../orchestrator/contract.ts';
import type { Share } from './shares.ts';

/** By what the errors can be ranked. */
const errorGroups = ['conversation', 'client', 'activation', 'code', 'channel'] as const;
export const errorGroup = z.enum(errorGroups);
export type ErrorGroup = z.output<typeof errorGroup>;

/** One line of a ranking. `share`, `low`, `high` are 0–1; the interval is 95 % for all shown together. */
export interface RankedGroup {
  /** The id, or the code or channel itself. */
  readonly group: string;
  readonly name: string;
  readonly clientId: number | null;
  readonly client: string | null;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** Puts the counts of a column together where a group is not a column. */
export type Regroup = <Count extends PageGroupCount>(counts: readonly Count[]) => Promise<readonly Count[]>;

/** The column of the log that tells the group: a client's is its conversations'. */
export function columnOf(by: ErrorGroup): ErrorColumn {
  return by === 'client' ? 'conversation' : by;
}

/** Conversations become their clients, looked up once each; a conversation that no longer exists has none. Every other group is its column. */
export function regrouping(orchestrator: OrchestratorReader, by: ErrorGroup): Regroup {
  if (by !== 'client') return async (counts) => counts;
  const clientOf = new Map<string, string | null>();
  return async (counts) => {
    const unknown = new Set(
      counts.flatMap(({ group }) => (group === null || clientOf.has(group) ? [] : [group])),
    );
    if (unknown.size > 0) {
      const { conversations } = await orchestrator.names({ conversationIds: [...unknown].map(Number) });
      for (const id of unknown) clientOf.set(id, conversations.get(Number(id))?.clientId.toString() ?? null);
    }
    return counts.map((count) => ({
      ...count,
      group: count.group === null ? null : (clientOf.get(count.group) ?? null),
    }));
  };
}

/** The shares with their names. Rows without a group are left out. */
export async function named(
  orchestrator: OrchestratorReader,
  by: ErrorGroup,
  shares: readonly Share[],
): Promise<RankedGroup[]> {
  const known = shares.flatMap((one) => (one.group === null ? [] : [{ ...one, group: one.group }]));
  const label = await labels(
    orchestrator,
    by,
    known.map((one) => one.group),
  );
  return known.map((one) => ({ ...one, ...label(one.group) }));
}

type Label = Pick<RankedGroup, 'name' | 'clientId' | 'client'>;

async function labels(
  orchestrator: OrchestratorReader,
  by: ErrorGroup,
  groups: readonly string[],
): Promise<(group: string) => Label> {
  const ids = groups.map(Number);
  const nobody = (name: string): Label => ({ name, clientId: null, client: null });
  switch (by) {
    case 'conversation': {
      const { conversations } = await orchestrator.names({ conversationIds: ids });
      return (group) => {
        const known = conversations.get(Number(group));
        return known ?? nobody(`conversation ${group} (deleted)`);
      };
    }
    case 'client': {
      const { clients } = await orchestrator.names({ clientIds: ids });
      return (group) => {
        const client = clients.get(Number(group)) ?? null;
        return { name: client ?? `client ${group} (deleted)`, clientId: Number(group), client };
      };
    }
    case 'activation': {
      const found = ids.length === 0 ? [] : await orchestrator.activations({ ids, limit: ids.length });
      const byId = new Map(found.map((one) => [String(one.id), one]));
      return (group) => {
        const one = byId.get(group);
        return one === undefined
          ? nobody(`activation ${group} (deleted)`)
          : { name: one.conversation, clientId: one.clientId, client: one.client };
      };
    }
    case 'code':
    case 'channel':
      return nobody;
  }
}
