import { z } from 'zod';
import type { Selector } from '../../drivers/queue/driver.ts';

const ids = z.array(z.int().min(0)).min(1).optional();

/** The members of an input that choose messages. */
export const selectionFields = {
  all: z.boolean().optional().describe('every waiting message'),
  conversationIds: ids.describe('only messages of these conversations'),
  clientIds: ids.describe('only messages of these clients'),
  activationIds: ids.describe('only messages of these activations'),
};

export interface MessageSelection {
  readonly all?: boolean | undefined;
  readonly conversationIds?: readonly number[] | undefined;
  readonly clientIds?: readonly number[] | undefined;
  readonly activationIds?: readonly number[] | undefined;
}

/** Whether the selection says something, and only one thing: `all`, or one or more lists. */
export function isSelection({ all, conversationIds, clientIds, activationIds }: MessageSelection): boolean {
  const listed = [conversationIds, clientIds, activationIds].some((list) => list !== undefined);
  return (all === true) !== listed;
}

export const selectionMessage =
  'give either all, or one or more of conversationIds, clientIds, activationIds (a message must fit every list given)';

/** The queue's selector for a selection. */
export function selectorOf({ all, conversationIds, clientIds, activationIds }: MessageSelection): Selector {
  if (all === true) return { kind: 'all' };
  return {
    kind: 'match',
    ...(conversationIds === undefined ? {} : { conversationIds }),
    ...(clientIds === undefined ? {} : { clientIds }),
    ...(activationIds === undefined ? {} : { activationIds }),
  };
}

/** The selector in words: `of conversations 12, 15`. */
export function selectorInWords(selector: Selector): string {
  if (selector.kind === 'all') return 'all messages';
  const part = (word: string, list: readonly number[] | undefined) =>
    list === undefined || list.length === 0
      ? []
      : [`${word}${list.length === 1 ? '' : 's'} ${list.join(', ')}`];
  const parts = [
    ...part('conversation', selector.conversationIds),
    ...part('client', selector.clientIds),
    ...part('activation', selector.activationIds),
  ];
  return `messages of ${parts.join(' and ')}`;
}

/** The flags of the command line that say the same selection. */
export function selectorFlags(selector: Selector): string {
  if (selector.kind === 'all') return '--all';
  const flags = (name: string, list: readonly number[] | undefined) =>
    (list ?? []).map((id) => `--${name} ${id}`);
  return [
    ...flags('conversation', selector.conversationIds),
    ...flags('client', selector.clientIds),
    ...flags('activation', selector.activationIds),
  ].join(' ');
}
