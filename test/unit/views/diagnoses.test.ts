import { describe, expect, test } from 'vitest';
import type { ErrorsTopData } from '../../../src/lib/operations/errors/top.ts';
import { renderActivations } from '../../../src/lib/views/activations.ts';
import { renderConversation, renderConversations } from '../../../src/lib/views/conversations.ts';
import { renderErrorLogSwitch } from '../../../src/lib/views/errors.ts';
import { renderErrorsRate } from '../../../src/lib/views/errors-rate.ts';
import { renderErrorsTop } from '../../../src/lib/views/errors-top.ts';
import { plainStyle } from '../../../src/lib/views/style.ts';

/** A name as an attacker would choose it: clears the screen, goes back in the line, turns the text around. */
const evil = `\u001b[2J\rPayment reminders\u202e of a client with quite a long name`;

const line = { clientId: 3, low: 0.55, high: 0.65 };
const ranked = [
  { ...line, group: '15', name: evil, client: evil, share: 0.6, ratePerSecond: 1_123.8 },
  {
    ...line,
    group: '25',
    name: 'Reminders',
    client: null,
    share: 0.4,
    low: 0.35,
    high: 0.45,
    ratePerSecond: 749.2,
  },
];
const top: ErrorsTopData = {
  by: 'conversation',
  method: 'key-desc',
  rowsRead: 12_345,
  pagesRead: 432,
  buffersCounted: true,
  window: {
    from: '2026-11-22T08:00:00.000Z',
    to: '2026-11-22T08:00:02.000Z',
    seconds: 2,
    rowsCounted: 3_746,
    pagesCounted: 61,
    insertsPerSecond: 1_873,
  },
  conversations: ranked.map(({ group, ...one }) => ({ ...one, conversationId: Number(group) })),
  groups: ranked,
  unattributed: 0,
  codes: [{ code: evil, share: 1 }],
  freshness: { ratio: 0.98, gate: 0.9, ok: true },
  resolvedPlaces: 1,
  unseenBound: 0.012,
  sinceOnset: {
    method: 'block-sample',
    since: '2026-11-22T07:40:00.000Z',
    until: '2026-11-22T08:00:02.000Z',
    sinceIs: 'onset',
    onset: { at: '2026-11-22T07:40:00.000Z', errorsPerSecondBefore: 0.05, errorsPerSecondSince: 10_655.7 },
    ordered: true,
    pagesInWindow: 127_869,
    pagesDrawn: 100,
    rowsSampled: 6_100,
    buffers: 143,
    rowsEstimated: 7_800_009,
    stoppedBecause: 'narrow',
    groups: ranked.map((one) => ({ ...one, rows: one.share * 7_800_009 })),
    resolvedPlaces: 0,
    unseenBound: 0.03,
    leavesLeftOut: 2,
  },
  confirmation: { done: false, why: `no index ${evil}` },
  tailUnavailable: null,
};

const tableRate = { table: `orchestrator.${evil}`, insertsPerSecond: 1_873, updatesPerSecond: 0 };
const rate = {
  windowSeconds: 8,
  writesPerSecond: 3_746,
  errorsPerSecond: 1_873,
  errorLog: tableRate,
  errorTotals: { ...tableRate, insertsPerSecond: 0, updatesPerSecond: 1_873 },
  series: [0, 900, 1_800, 3_600].map((errorsPerSecond, at) => ({
    at: `2026-11-22T08:00:0${at}.000Z`,
    errorsPerSecond,
    writesPerSecond: 2 * errorsPerSecond,
  })),
};

const conversation = {
  id: 15,
  name: evil,
  clientId: 3,
  client: evil,
  status: 'stopped',
  updatedAt: '2026-11-22T08:00:00.000Z',
  updatedBy: evil,
};
const activation = {
  id: 40,
  conversationId: 15,
  conversation: evil,
  client: evil,
  status: 'paused',
  totalMessages: 1_000_000,
  injectedMessages: 250_000,
  activatedAt: '2026-11-22T08:00:00.000Z',
};
const error = {
  mode: 'sample',
  sampleEvery: 100,
  expiresAt: '2026-11-22T09:00:00.000Z',
  effectiveMode: 'sample',
  updatedAt: null,
  updatedBy: evil,
};

const screens: Readonly<Record<string, string>> = {
  'errors top': renderErrorsTop(top, plainStyle),
  'errors top, counted exactly': renderErrorsTop(
    {
      ...top,
      by: 'activation',
      confirmation: {
        done: true,
        through: 'index',
        rows: [{ group: '15', rows: 4_680_123 }],
        buffers: 1_234_567,
      },
    },
    plainStyle,
  ),
  'errors top by code': renderErrorsTop(
    { ...top, by: 'code', groups: ranked.map((one) => ({ ...one, group: evil, name: evil })) },
    plainStyle,
  ),
  'errors top, unreadable': renderErrorsTop(
    { ...top, groups: [], tailUnavailable: evil, sinceOnset: { unavailable: evil, suggestion: evil } },
    plainStyle,
  ),
  'errors rate': renderErrorsRate(
    {
      ...rate,
      began: { unavailable: `permission denied ${evil}`, suggestion: null },
    },
    plainStyle,
  ),
  'errors log': renderErrorLogSwitch(error, plainStyle),
  'conversations list': renderConversations({ conversations: [conversation], more: true }, plainStyle),
  'conversations show': renderConversation(
    { conversation, activations: [activation], moreActivations: false },
    plainStyle,
  ),
  'activations list': renderActivations(
    { injection: { state: 'off', updatedAt: null, updatedBy: evil }, activations: [activation], more: true },
    plainStyle,
  ),
};

describe.each(Object.entries(screens))('%s', (_name, screen) => {
  test('fits into 80 columns', () => {
    expect(screen.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
  });

  test('shows control characters of names instead of obeying them', () => {
    for (const control of ['\u001b', '\r', '\u202e']) expect(screen).not.toContain(control);
    expect(screen).toContain('\\u{1b}');
  });
});

test('errors top begins with the answer and ends with the command that stops the culprits', () => {
  const lines = renderErrorsTop(top, plainStyle).split('\n');
  expect(lines[0]).toBe('2 conversations write 100 % of the 1,873 errors/s.');
  expect(lines.at(-1)).toBe('Next: spillway conversations stop 15 25');
});

test('errors top does not advise to stop anybody for a few errors, or from stale rows', () => {
  const calm = renderErrorsTop({ ...top, window: { ...top.window, insertsPerSecond: 2 } }, plainStyle);
  expect(calm).toContain('Next: spillway conversations show 15');
  const stale = renderErrorsTop({ ...top, freshness: { ratio: 0.1, gate: 0.9, ok: false } }, plainStyle);
  expect(stale).toMatch(/not a basis\sfor stopping anybody/);
  expect(stale).not.toContain('conversations stop');
});

test('errors top does not call an order a ranking that the intervals do not support', () => {
  const screen = screens['errors top'] ?? '';
  expect(screen).toMatch(/The order among these is not resolved: their intervals\s+overlap/);
  expect(screen).toMatch(/Since the storm began at .*: from 0\.05\/s to\s+10,656\/s/);
  expect(screen).toContain('pages as the server counts them');
});

test('errors rate shows the course of the rate and when it rose', () => {
  const at = '2026-11-22T07:40:00.000Z';
  const onset = { at, errorsPerSecondBefore: 0.05, errorsPerSecondSince: 1_800 };
  const screen = renderErrorsRate({ ...rate, began: { onset, ordered: true, buffers: 51 } }, plainStyle);
  expect(screen).toContain('▁▃▅█');
  expect(screen).toMatch(/Began .*: from 0\.05\/s to 1,800\/s \(51\s+pages read\)/);
});
