import { visible } from '../core/visible.ts';
import { count, counted, moment } from './format.ts';
import { plainStyle, type Style } from './style.ts';
import { table } from './table.ts';

/** The queues as `queue.list` gives them. */
export interface QueueList {
  readonly queues: readonly {
    readonly channel: string;
    readonly waiting: number;
    readonly held: number;
    readonly processing: number;
    readonly oldestEnqueuedAt: string | null;
    readonly delivered: number;
    readonly failed: number;
    readonly quarantined: number;
    readonly archived: number;
  }[];
}

/** Messages as `queue.peek` gives them. */
export interface QueuePeek {
  readonly channel: string;
  readonly end: 'oldest' | 'newest';
  readonly waiting: number;
  readonly lookedAt: number;
  readonly messages: readonly {
    readonly place: number;
    readonly bytes: number;
    readonly message: string | null;
    readonly base64: string | null;
  }[];
}

export { type QueueArchives, renderArchives } from './archives.ts';

const right = { align: 'right' } as const;

/** What waits first; then one line a channel; then what an open purge or restore holds. */
export function renderDepths({ queues }: QueueList, style: Style = plainStyle): string {
  if (queues.length === 0) return 'No channels are configured for this target.';
  const sum = (of: (queue: QueueList['queues'][number]) => number) =>
    queues.reduce((so, queue) => so + of(queue), 0);
  const [waiting, held, archived] = [sum((q) => q.waiting), sum((q) => q.held), sum((q) => q.archived)];
  const row = (name: string, of: (pick: (queue: QueueList['queues'][number]) => number) => number) => [
    name,
    ...[
      of((queue) => queue.waiting),
      of((queue) => queue.processing),
      of((queue) => queue.delivered),
      of((queue) => queue.failed),
      of((queue) => queue.quarantined),
      of((queue) => queue.archived),
    ].map(count),
  ];
  const columns = [
    { title: 'channel' },
    ...['waiting', 'in work', 'delivered', 'failed', 'quarantined', 'archived'].map((title) => ({
      title,
      ...right,
    })),
  ];
  const rows = queues.map((queue) => row(visible(queue.channel), (pick) => pick(queue)));
  const oldest = queues
    .flatMap(({ oldestEnqueuedAt }) => oldestEnqueuedAt ?? [])
    .sort((a, b) => Date.parse(a) - Date.parse(b))[0];
  return [
    style.bold(`${counted(waiting, 'message')} waiting, ${count(sum((queue) => queue.processing))} in work.`),
    '',
    table(columns, queues.length > 1 ? [...rows, row('all', sum)] : rows),
    '',
    ...(oldest === undefined ? [] : [`Oldest waiting since ${moment(oldest)}`]),
    ...(held === 0
      ? []
      : [style.yellow(`${counted(held, 'message')} set aside by a purge or restore that is not finished.`)]),
    `Next: ${archived > 0 ? 'spillway queue archives' : 'spillway volume'}`,
  ].join('\n');
}

/** A few messages, control characters made visible. */
export function renderPeek(view: QueuePeek, style: Style = plainStyle): string {
  const end = view.end === 'oldest' ? 'next to be taken first' : 'newest first';
  const head = style.bold(
    `${count(view.messages.length)} of ${counted(view.waiting, 'message')} waiting in ${visible(view.channel)}, ${end}.`,
  );
  const lines = view.messages.map(({ place, bytes, message, base64 }) => {
    const text = message === null ? `(not UTF-8; base64) ${base64 ?? ''}` : visible(message);
    return `${style.dim(`#${count(place)}  ${count(bytes)} B`)}\n  ${text}`;
  });
  const looked =
    view.lookedAt > view.messages.length
      ? [style.dim(`Looked at ${counted(view.lookedAt, 'message')}.`)]
      : [];
  return [head, ...lines, ...looked].join('\n');
}
