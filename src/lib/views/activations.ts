import { visible } from '../core/visible.ts';
import { count, counted, moment, wrap } from './format.ts';
import { shorten } from './shorten.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

const width = 80;

/** One activation as shown; times ISO-8601. */
export interface ActivationView {
  readonly id: number;
  readonly conversationId: number;
  readonly conversation: string;
  readonly client: string;
  readonly status: string;
  /** Null for an open-ended one. */
  readonly totalMessages: number | null;
  readonly injectedMessages: number;
  readonly activatedAt: string | null;
}

/** What `renderActivations` shows. */
export interface ActivationList {
  readonly injection: {
    readonly state: string;
    readonly updatedAt: string | null;
    readonly updatedBy: string | null;
  };
  readonly activations: readonly ActivationView[];
  readonly more: boolean;
}

/** The injection switch and the activations, one a line. */
export function renderActivations(data: ActivationList, style: Style): string {
  const { injection } = data;
  const off = injection.state === 'off';
  const by = injection.updatedBy === null ? '' : ` by ${visible(injection.updatedBy)}`;
  const at = injection.updatedAt === null ? '' : ` at ${moment(injection.updatedAt)}`;
  const injecting = data.activations.filter((one) => one.status === 'injecting').length;
  const lines = [
    style.bold(
      `Injection is ${injection.state}; ${count(injecting)} of ${counted(data.activations.length, 'activation')} shown inject${injecting === 1 ? 's' : ''}.`,
    ),
  ];
  if (off) lines.push(style.yellow(wrap(`Injection was turned off${by}${at}.`, width)));
  if (data.activations.length > 0) lines.push('', activationTable(data.activations, style, true));
  if (data.more)
    lines.push('', `Only the first ${count(data.activations.length)} are shown: --limit shows more.`);
  lines.push('', `Next: spillway activations ${off ? 'resume --all' : 'pause --all'}`);
  return lines.join('\n');
}

/** The table of some activations; `labels` adds the conversation and its client. */
export function activationTable(
  activations: readonly ActivationView[],
  style: Style,
  labels: boolean,
): string {
  const rows = activations.map((one) => [
    String(one.id),
    ...(labels ? [String(one.conversationId), shorten(visible(one.conversation), 26)] : []),
    one.status === 'paused' ? style.yellow(one.status) : one.status,
    count(one.injectedMessages),
    one.totalMessages === null ? 'open' : count(one.totalMessages),
    ...(labels || one.activatedAt === null ? [] : [moment(one.activatedAt)]),
  ]);
  return table(
    [
      { title: 'ID', align: 'right' },
      ...(labels ? [{ title: 'Conv.', align: 'right' } as const, { title: 'Conversation' }] : []),
      { title: 'Status' },
      { title: 'Injected', align: 'right' },
      { title: 'Of', align: 'right' },
      ...(labels ? [] : [{ title: 'Activated' }]),
    ],
    rows,
  );
}
