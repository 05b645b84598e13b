import { expect, test } from 'vitest';
import { pressKey } from '../../../src/lib/cli/watch/keys.ts';
import { figuresOf } from '../../../src/lib/operations/watch/figures.ts';
import {
  firstScreen,
  type Screen,
  sortedCulprits,
  sortedQueues,
} from '../../../src/lib/views/watch/screen.ts';
import { beginMs, storm } from './samples.ts';

const figures = figuresOf(storm(), {
  ...{ windowSeconds: 10, nowMs: beginMs + 2_000, expectedDeliveriesPerSecond: null },
});
const press = (keys: readonly string[], from: Screen = firstScreen(10)) =>
  keys.reduce((screen, key) => pressKey(screen, key, figures, 'lab').screen, from);

test('q quits, also from an overlay', () => {
  for (const keys of [[], ['?'], ['f']])
    expect(pressKey(press(keys), 'q', figures, 'lab').effect).toEqual({ kind: 'quit' });
});

test('p and the space bar pause and go on', () => {
  expect(press(['p']).paused).toBe(true);
  expect(press(['p', 'space']).paused).toBe(false);
});

test('w takes the next longer window and begins again after the longest, W goes back', () => {
  expect(press(['w']).windowSeconds).toBe(30);
  expect(press(['w', 'w', 'w', 'w']).windowSeconds).toBe(5);
  expect(press(['W', 'W']).windowSeconds).toBe(300);
  expect(press(['w'], firstScreen(17)).windowSeconds).toBe(30);
});

test('s sorts the table that Tab chose, r reverses it', () => {
  const ids = (screen: Screen) => sortedCulprits(figures, screen).map((one) => one.conversationId);
  const channels = (screen: Screen) => sortedQueues(figures, screen).map((one) => one.channel);
  expect(ids(press([]))).toEqual([1, 2, 3]);
  expect(ids(press(['s']))).toEqual([3, 2, 1]);
  expect(ids(press(['s', 'r']))).toEqual([1, 2, 3]);
  expect(ids(press(['s', 's', 's']))).toEqual([1, 2, 3]);
  expect(channels(press(['tab']))).toEqual(['email', 'sms']);
  expect(channels(press(['tab', 's']))).toEqual(['sms', 'email']);
  expect(ids(press(['tab', 's']))).toEqual([1, 2, 3]);
});

test('the cursor keeps its conversation when the order changes, and marks it', () => {
  const screen = press(['down', 'down', 'x', 's']);
  expect(screen).toMatchObject({ cursor: 2, marked: [2] });
  expect(press(['down', 'down', 'down', 'down', 'down']).cursor).toBe(3);
  expect(press(['down', 'up', 'up']).cursor).toBe(1);
  expect(press(['x'], screen).marked).toEqual([]);
  expect(press(['escape'], screen)).toMatchObject({ cursor: null, marked: [] });
});

test('f offers the fixes; a number or Enter asks for the plan of one, and nothing for a change', () => {
  const offered = press(['f']);
  expect(offered.overlay).toMatchObject({ kind: 'fixes', cursor: 0 });
  const byNumber = pressKey(offered, '2', figures, 'lab');
  const byEnter = pressKey(press(['down'], offered), 'return', figures, 'lab');
  for (const { screen, effect } of [byNumber, byEnter]) {
    expect(effect).toMatchObject({ kind: 'plan', fix: { operation: 'queue.purge' } });
    expect(screen.overlay).toMatchObject({ kind: 'planning' });
  }
  expect(pressKey(byNumber.screen, 'escape', figures, 'lab')).toMatchObject({
    screen: { overlay: null },
    effect: { kind: 'stop-planning' },
  });
});

test('marks decide whom a fix is for', () => {
  const { overlay } = press(['down', 'down', 'x', 'f']);
  expect(overlay).toMatchObject({
    fixes: [{ command: 'spillway conversations stop 2 --target lab' }, {}, {}, {}, {}],
  });
});

test('a plan scrolls within its text; y, Enter and other keys do nothing there', () => {
  const fix = { title: 'Stop', operation: 'conversations.stop', input: {}, command: 'x' };
  const text = ['one', 'two', 'three'];
  const overlay = { kind: 'plan', fix, text, failed: false, offset: 0 } as const;
  const plan: Screen = { ...firstScreen(10), overlay };
  expect(press(['down', 'down', 'down', 'down'], plan).overlay).toMatchObject({ offset: 2 });
  expect(press(['pagedown', 'pageup'], plan).overlay).toMatchObject({ offset: 0 });
  for (const key of ['y', 'return', 'a', 'p', 's']) {
    const { screen, effect } = pressKey(plan, key, figures, 'lab');
    expect([screen, effect]).toEqual([plan, null]);
  }
});

test('unknown keys change nothing', () => {
  expect(press(['z', '\u001b[Z', 'é'])).toEqual(firstScreen(10));
});
