import type { WatchFigures } from '../../operations/watch/figures.ts';
import { type Fix, fixesOf } from '../../operations/watch/fixes.ts';
import {
  culpritSorts,
  type Overlay,
  queueSorts,
  type Screen,
  sortedCulprits,
  windows,
} from '../../views/watch/screen.ts';

/** What a key asks for beside another look of the screen. */
export type KeyEffect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'plan'; readonly fix: Fix }
  | { readonly kind: 'stop-planning' };

export interface KeyResult {
  readonly screen: Screen;
  readonly effect: KeyEffect | null;
}

/**
 * What a key does. A pure function. `key` is a printable character, or `up`, `down`, `pageup`, `pagedown`, `return`, `escape`, `tab`, `space`. Unknown keys do nothing.
 * No key leads to a change of the target.
 */
export function pressKey(screen: Screen, key: string, figures: WatchFigures, target: string): KeyResult {
  if (key === 'q') return { screen, effect: { kind: 'quit' } };
  if (screen.overlay !== null) return pressInOverlay(screen, screen.overlay, key);
  return { screen: pressInFigures(screen, key, figures, target), effect: null };
}

function pressInFigures(screen: Screen, key: string, figures: WatchFigures, target: string): Screen {
  const { panel } = screen;
  switch (key) {
    case 'p':
    case 'space':
      return { ...screen, paused: !screen.paused };
    case 'w':
      return { ...screen, windowSeconds: nextWindow(screen.windowSeconds, 1) };
    case 'W':
      return { ...screen, windowSeconds: nextWindow(screen.windowSeconds, -1) };
    case 'tab':
      return { ...screen, panel: panel === 'culprits' ? 'queues' : 'culprits' };
    case 's':
      return panel === 'culprits'
        ? { ...screen, culpritSort: following(culpritSorts, screen.culpritSort) }
        : { ...screen, queueSort: following(queueSorts, screen.queueSort) };
    case 'r':
      return { ...screen, reversed: { ...screen.reversed, [panel]: !screen.reversed[panel] } };
    case 'up':
      return moved(screen, figures, -1);
    case 'down':
      return moved(screen, figures, 1);
    case 'x':
    case 'return':
      return marked(screen);
    case 'escape':
      return { ...screen, cursor: null, marked: [] };
    case 'f':
      return {
        ...screen,
        overlay: { kind: 'fixes', fixes: fixesOf(figures, target, screen.marked), cursor: 0 },
      };
    case '?':
    case 'h':
      return { ...screen, overlay: { kind: 'help' } };
    default:
      return screen;
  }
}

function pressInOverlay(screen: Screen, overlay: Overlay, key: string): KeyResult {
  const stay = (next: Overlay | null): KeyResult => ({ screen: { ...screen, overlay: next }, effect: null });
  if (overlay.kind === 'fixes') {
    const { fixes, cursor } = overlay;
    const fix = key === 'return' ? fixes[cursor] : fixes[Number(key) - 1];
    if (fix !== undefined)
      return {
        screen: { ...screen, overlay: { kind: 'planning', fix, progress: null } },
        effect: { kind: 'plan', fix },
      };
    if (key === 'down') return stay({ ...overlay, cursor: Math.min(cursor + 1, fixes.length - 1) });
    if (key === 'up') return stay({ ...overlay, cursor: Math.max(cursor - 1, 0) });
  }
  if (overlay.kind === 'plan') {
    const step = { up: -1, down: 1, pageup: -10, pagedown: 10 }[key];
    const last = Math.max(0, overlay.text.length - 1);
    if (step !== undefined)
      return stay({ ...overlay, offset: Math.min(last, Math.max(0, overlay.offset + step)) });
  }
  if (key === 'escape' || (overlay.kind === 'help' && (key === '?' || key === 'h' || key === 'return')))
    return { screen: { ...screen, overlay: null }, effect: { kind: 'stop-planning' } };
  return stay(overlay);
}

function moved(screen: Screen, figures: WatchFigures, by: -1 | 1): Screen {
  const ids = sortedCulprits(figures, screen).map((one) => one.conversationId);
  if (ids.length === 0) return screen;
  const at = screen.cursor === null ? -1 : ids.indexOf(screen.cursor);
  const next = at === -1 ? 0 : Math.min(ids.length - 1, Math.max(0, at + by));
  return { ...screen, panel: 'culprits', cursor: ids[next] ?? null };
}

function marked(screen: Screen): Screen {
  const { cursor } = screen;
  if (cursor === null) return screen;
  const without = screen.marked.filter((id) => id !== cursor);
  return {
    ...screen,
    marked: without.length < screen.marked.length ? without : [...screen.marked, cursor],
  };
}

/** The next longer or shorter of the usual windows; after the last comes the first. */
function nextWindow(seconds: number, by: 1 | -1): number {
  const found = by === 1 ? windows.find((one) => one > seconds) : windows.findLast((one) => one < seconds);
  return found ?? windows.at(by === 1 ? 0 : -1) ?? seconds;
}

function following<Item>(items: readonly [Item, ...Item[]], item: Item): Item {
  return items[items.indexOf(item) + 1] ?? items[0];
}
