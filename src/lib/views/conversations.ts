import { visible } from '../core/visible.ts';
import { type ActivationView, activationTable } from './activations.ts';
import { count, counted, moment, wrap } from './format.ts';
import { shorten } from './shorten.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

const width = 80;

/** One conversation as shown; times ISO-8601. */
export interface ConversationView {
  readonly id: number;
  readonly name: string;
  readonly clientId: number;
  readonly client: string;
  readonly status: string;
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
}

/** What `renderConversations` shows. */
export interface ConversationList {
  readonly conversations: readonly ConversationView[];
  readonly more: boolean;
}

/** Conversations, one a line. */
export function renderConversations(data: ConversationList, style: Style): string {
  const stopped = data.conversations.filter((one) => one.status === 'stopped').length;
  const lines = [
    style.bold(`${counted(data.conversations.length, 'conversation')}, ${count(stopped)} stopped.`),
  ];
  if (data.conversations.length > 0) {
    const rows = data.conversations.map((one) => [
      String(one.id),
      shorten(visible(one.name), 28),
      shorten(visible(one.client), 18),
      one.status === 'active' ? one.status : style.yellow(one.status),
      one.updatedBy === null ? '' : shorten(visible(one.updatedBy), 12),
    ]);
    const columns = [
      { title: 'ID', align: 'right' },
      { title: 'Conversation' },
      { title: 'Client' },
      { title: 'Status' },
      { title: 'Set by' },
    ] as const;
    lines.push('', table(columns, rows));
  }
  if (data.more)
    lines.push('', `Only the first ${count(data.conversations.length)} are shown: --limit shows more.`);
  return lines.join('\n');
}

/** What `renderConversation` shows. */
export interface ConversationDetails {
  readonly conversation: ConversationView;
  readonly activations: readonly ActivationView[];
  readonly moreActivations: boolean;
}

/** One conversation with its activations, and what can be done with it. */
export function renderConversation(data: ConversationDetails, style: Style): string {
  const { conversation } = data;
  const { id, name, client, clientId, status, updatedAt, updatedBy } = conversation;
  const lines = [
    style.bold(`Conversation ${id} is ${status}.`),
    wrap(`Name     ${visible(name)}`, width, 9),
    wrap(`Client   ${clientId} ${visible(client)}`, width, 9),
    wrap(
      `Since    ${updatedAt === null ? 'not known' : moment(updatedAt)}${updatedBy === null ? '' : `, set by ${visible(updatedBy)}`}`,
      width,
      9,
    ),
    '',
    data.activations.length === 0
      ? 'It has no activations.'
      : activationTable(data.activations, style, false),
  ];
  if (data.moreActivations) lines.push(`Only the first ${count(data.activations.length)} are shown.`);
  lines.push('', `Next: spillway conversations ${status === 'active' ? 'stop' : 'resume'} ${id}`);
  return lines.join('\n');
}
