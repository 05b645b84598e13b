import type { Culprit } from '../../operations/watch/culprits.ts';
import type { WatchFigures } from '../../operations/watch/figures.ts';
import type { Fix } from '../../operations/watch/fixes.ts';
import type { QueueFigure } from '../../operations/watch/queue-figures.ts';

export const windows: readonly number[] = [5, 10, 30, 60, 300];
export const culpritSorts = ['share', 'client', 'name', 'id'] as const;
export const queueSorts = ['configured', 'waiting', 'delivered', 'failed', 'oldest'] as const;

/** What lies over the figures. */
export type Overlay =
  | { readonly kind: 'help' }
  | { readonly kind: 'fixes'; readonly fixes: readonly Fix[]; readonly cursor: number }
  | { readonly kind: 'planning'; readonly fix: Fix; readonly progress: string | null }
  | {
      readonly kind: 'plan';
      readonly fix: Fix;
      /** The plan as text, one string a line. */
      readonly text: readonly string[];
      readonly failed: boolean;
      readonly offset: number;
    };

/** What the person at the screen has chosen. A value: every key gives a new one. */
export interface Screen {
  readonly windowSeconds: number;
  readonly paused: boolean;
  readonly panel: 'culprits' | 'queues';
  readonly culpritSort: (typeof culpritSorts)[number];
  readonly queueSort: (typeof queueSorts)[number];
  readonly reversed: { readonly culprits: boolean; readonly queues: boolean };
  /** The conversation that the cursor is on: it stays there when the order changes. */
  readonly cursor: number | null;
  readonly marked: readonly number[];
  readonly overlay: Overlay | null;
}

export function firstScreen(windowSeconds: number): Screen {
  return {
    windowSeconds,
    paused: false,
    panel: 'culprits',
    culpritSort: 'share',
    queueSort: 'configured',
    reversed: { culprits: false, queues: false },
    cursor: null,
    marked: [],
    overlay: null,
  };
}

/** The culprits in the order that was chosen. */
export function sortedCulprits(figures: WatchFigures, screen: Screen): readonly Culprit[] {
  if (!figures.culprits.ok) return [];
  const by = screen.culpritSort;
  const text = (one: Culprit) => (by === 'client' ? (one.client ?? '') : one.name);
  return ordered(figures.culprits.value.conversations, screen.reversed.culprits, (a, b) => {
    if (by === 'share') return b.share - a.share;
    if (by === 'id') return a.conversationId - b.conversationId;
    return text(a).localeCompare(text(b), 'en') || a.conversationId - b.conversationId;
  });
}

/** The channels in the order that was chosen. */
export function sortedQueues(figures: WatchFigures, screen: Screen): readonly QueueFigure[] {
  if (!figures.queues.ok) return [];
  const number = {
    configured: () => 0,
    waiting: (one: QueueFigure) => one.waiting,
    delivered: (one: QueueFigure) => one.deliveredPerSecond ?? 0,
    failed: (one: QueueFigure) => one.failedPerSecond ?? 0,
    oldest: (one: QueueFigure) => one.oldestAgeSeconds ?? 0,
  }[screen.queueSort];
  return ordered(figures.queues.value, screen.reversed.queues, (a, b) => number(b) - number(a));
}

function ordered<Item>(
  items: readonly Item[],
  reversed: boolean,
  compare: (a: Item, b: Item) => number,
): Item[] {
  const sorted = items.toSorted(compare);
  return reversed ? sorted.toReversed() : sorted;
}
