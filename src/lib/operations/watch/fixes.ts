import { typedCommand } from '../../core/typed-command.ts';
import type { WatchFigures } from './figures.ts';

/** Something that would help: an operation whose plan can be looked at, and the command that carries it out. */
export interface Fix {
  readonly title: string;
  readonly operation: string;
  readonly input: object;
  readonly command: string;
}

/** Below this share, 0–1, a conversation is not taken for a culprit unless it was marked. */
const noticeableShare = 0.02;

/** The conversations that a fix is for: those marked, else those with a noticeable share; in ascending order. */
export function conversationsToFix(figures: WatchFigures, marked: readonly number[]): number[] {
  const found = figures.culprits.ok
    ? figures.culprits.value.conversations.filter((one) => one.low > 0 && one.share >= noticeableShare)
    : [];
  const chosen = marked.length > 0 ? marked : found.map((one) => one.conversationId);
  return [...new Set(chosen)].sort((a, b) => a - b);
}

/** The fixes that the figures suggest, the gentlest first. Nothing here changes anything. */
export function fixesOf(figures: WatchFigures, target: string, marked: readonly number[]): Fix[] {
  const ids = conversationsToFix(figures, marked);
  const typed = (...words: readonly string[]) => typedCommand(['spillway', ...words, '--target', target]);
  const many = ids.length === 1 ? `conversation ${ids[0]}` : `${ids.length} conversations`;
  const unhealthy = figures.services.ok
    ? figures.services.value.filter((service) => service.healthy === false).map((service) => service.name)
    : [];
  return [
    ...(ids.length === 0
      ? []
      : [
          {
            title: `Stop ${many}`,
            operation: 'conversations.stop',
            input: { conversationIds: ids },
            command: typed('conversations', 'stop', ...ids.map(String)),
          },
          {
            title: `Take the messages of ${many} out of the queues`,
            operation: 'queue.purge',
            input: { conversationIds: ids },
            command: typed('queue', 'purge', '--conversation', ids.join(',')),
          },
        ]),
    {
      title: 'Stop all injection',
      operation: 'activations.pause',
      input: { all: true },
      command: typed('activations', 'pause', '--all'),
    },
    {
      title: 'Write 1 error in 100 for an hour',
      operation: 'errors.log.set',
      input: { mode: 'sample', sampleEvery: 100, ttlSeconds: 3_600 },
      command: typed('errors', 'log', '--sample', '100', '--for', '60'),
    },
    ...(unhealthy.length === 0
      ? []
      : [
          {
            title: `Restart what is unhealthy: ${unhealthy.join(', ')}`,
            operation: 'services.restart',
            input: { names: unhealthy },
            command: typed('services', 'restart', ...unhealthy),
          },
        ]),
  ];
}
