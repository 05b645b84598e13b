import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { figuresOf } from '../../../src/lib/operations/watch/figures.ts';
import { emptyHistory, type WatchHistory, withFailure } from '../../../src/lib/operations/watch/history.ts';
import { cellWidth } from '../../../src/lib/views/cell-width.ts';
import { makeStyle, plainStyle } from '../../../src/lib/views/style.ts';
import type { WatchFrame } from '../../../src/lib/views/watch/frame.ts';
import { renderWatch } from '../../../src/lib/views/watch/picture.ts';
import { firstScreen, type Screen } from '../../../src/lib/views/watch/screen.ts';
import { beginMs, evil, storm } from './samples.ts';

function frameOf(
  history: WatchHistory,
  screen: Partial<Screen> = {},
  parts: Partial<WatchFrame> = {},
): WatchFrame {
  return {
    ...{ target: 'lab', at: '2026-11-22T08:00:02.000Z', intervalSeconds: 2 },
    ...{ incident: null, journalFailure: null, screen: { ...firstScreen(10), ...screen } },
    figures: figuresOf(history, {
      windowSeconds: 10,
      nowMs: beginMs + 2_000,
      expectedDeliveriesPerSecond: 400,
    }),
    ...parts,
  };
}

const incident: WatchFrame['incident'] = {
  id: 'inc-1',
  title: evil,
  severity: 'critical',
  openedAt: '2026-11-22T07:59:00.000Z',
};
const sizes = [
  ...[
    [80, 24],
    [40, 16],
    [40, 24],
    [200, 60],
    [60, 10],
    [20, 5],
    [1, 1],
  ],
] as const;

describe.each(sizes)('at %i by %i', (columns = 80, rows = 24) => {
  test.each([
    ['nothing known', emptyHistory],
    ['a storm of 3', storm()],
    ['a storm of 40', storm(40)],
  ])('%s: as many lines as rows, none wider than the columns, no control characters', (_, history) => {
    for (const style of [plainStyle, makeStyle(true)]) {
      const lines = renderWatch(frameOf(history, {}, { incident }), { columns, rows }, style);
      expect(lines).toHaveLength(rows);
      for (const line of lines) {
        const text = stripVTControlCharacters(line);
        expect(cellWidth(text)).toBeLessThanOrEqual(columns);
        expect(text).not.toMatch(/[\p{Cc}\u202e]/u);
      }
    }
  });
});

test('at 80 by 24 all is there: headlines, eight culprits, every queue and their sum, the keys', () => {
  const text = renderWatch(frameOf(storm(8), {}, { incident }), { columns: 80, rows: 24 }, plainStyle).join(
    '\n',
  );
  expect(text).toMatch(/^watch lab .*window 10 s, every 2 s/);
  expect(text).toMatch(/^Incident {2}open {2}\\u\{1b\}\[2J/m);
  expect(text).toMatch(/^Errors {4}1,000\/s .*2,000\/s writes/m);
  expect(text).toMatch(/^Delivered 80\/s .*20 % of the expected 400\/s; 10\/s fail/m);
  expect(text).toMatch(/^Database {2}10 active, 8 on the error log: 8 Lock tuple, 2 on CPU; 32\/200 conn/m);
  expect(text).toMatch(/^Services {2}1 of 2 healthy; NOT: email \(connection refused\)/m);
  for (let id = 2; id <= 8; id += 1)
    expect(text).toMatch(new RegExp(`^ +${id} Conversation ${id} +[0-9.]+ %`, 'm'));
  expect(text).toMatch(/^email +1,000 +4 +100\/s +40\/s +10\/s +1 min 2 s +not now/m);
  expect(text).toMatch(/^all +6,000/m);
  expect(text).toMatch(/q quit .*f fix .*\? help/);
});

test('at 40 columns the essentials are there', () => {
  const text = renderWatch(frameOf(storm(8)), { columns: 40, rows: 24 }, plainStyle).join('\n');
  expect(text).toMatch(/^lab \d\d:\d\d:\d\d window 10 s/);
  expect(text).toMatch(/^Errors {4}1,000\/s/m);
  expect(text).toMatch(/^Delivered 80\/s/m);
  expect(text).toMatch(/^ +1 \\u\{1b\}.* 50 % +50\d\/s/m);
  expect(text).toMatch(/^email +1,000 +40\/s +10\/s/m);
  expect(text).toContain('q quit');
});

test('without colour no escape sequence is written, and the words say what colour would', () => {
  const text = renderWatch(frameOf(storm(), { paused: true }), { columns: 80, rows: 24 }, plainStyle).join(
    '\n',
  );
  expect(text).not.toContain('\u001b');
  expect(text).toContain('PAUSED');
  expect(text).toContain('NOT: email');
});

test('a store that is down has its own lines only', () => {
  const down = withFailure(storm(), 'database', `refused ${evil}`, beginMs);
  const lines = renderWatch(frameOf(down), { columns: 80, rows: 24 }, plainStyle);
  expect(lines.filter((line) => line.includes('NOT KNOWN'))).toHaveLength(3);
  expect(lines.join('\n')).toMatch(/^Delivered 80\/s/m);
  expect(lines.join('\n')).toMatch(/^all +6,000/m);
});

test('a store that has not answered for a while is said to be late', () => {
  const figures = figuresOf(storm(), {
    ...{ windowSeconds: 10, nowMs: beginMs + 14_000, expectedDeliveriesPerSecond: null },
  });
  const lines = renderWatch(frameOf(storm(), {}, { figures }), { columns: 120, rows: 24 }, plainStyle);
  expect(lines.join('\n')).toMatch(/^Database .*no answer for 12 s/m);
});

test('the same frame and size give the same lines', () => {
  const draw = () => renderWatch(frameOf(storm()), { columns: 80, rows: 24 }, plainStyle);
  expect(draw()).toEqual(draw());
});

test('the plan of a fix is shown with the command to type, which is never cut', () => {
  const command = `spillway conversations stop ${Array.from({ length: 30 }, (_, n) => n + 100).join(' ')} --target lab`;
  const fix = { title: 'Stop', operation: 'conversations.stop', input: {}, command };
  const text = Array.from({ length: 50 }, (_, n) => `line ${n}`);
  const overlay = { kind: 'plan', fix, text, failed: false, offset: 10 } as const;
  const lines = renderWatch(frameOf(storm(), { overlay }), { columns: 40, rows: 16 }, plainStyle);
  expect(lines[1]).toBe('line 10');
  const shown = lines.slice(lines.findIndex((line) => line.includes('To apply it')) + 1, -1);
  expect(shown.map((line) => line.trim()).join(' ')).toBe(command);
  expect(lines.at(-1)).toContain('Esc');
});
