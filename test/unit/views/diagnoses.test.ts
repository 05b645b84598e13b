import { describe, expect, test } from 'vitest';
import { renderActivations } from '../../../src/lib/views/activations.ts';
import { renderConversation, renderConversations } from '../../../src/lib/views/conversations.ts';
import { type ErrorsTop, renderErrorLogSwitch, renderErrorsTop } from '../../../src/lib/views/errors.ts';
import { plainStyle } from '../../../src/lib/views/style.ts';

/** A name as an attacker would choose it: clears the screen, goes back in the line, turns the text around. */
const evil = `\u001b[2J\rPayment reminders\u202e of a client with quite a long name`;

const top: ErrorsTop = {
  method: 'key-desc',
  rowsRead: 12_345,
  pagesRead: 432,
  window: {
    from: '2026-11-22T08:00:00.000Z',
    to: '2026-11-22T08:00:02.000Z',
    seconds: 2,
    rowsCounted: 3_746,
    insertsPerSecond: 1_873,
  },
  conversations: [
    {
      conversationId: 15,
      name: evil,
      client: evil,
      share: 0.6,
      low: 0.55,
      high: 0.65,
      ratePerSecond: 1_123.8,
    },
    {
      conversationId: 25,
      name: 'Reminders',
      client: null,
      share: 0.4,
      low: 0.35,
      high: 0.45,
      ratePerSecond: 749.2,
    },
  ],
  unattributed: 0,
  codes: [{ code: evil, share: 1 }],
  freshness: { ratio: 0.98, ok: true },
  resolvedPlaces: 1,
  unseenBound: 0.012,
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
  const stale = renderErrorsTop({ ...top, freshness: { ratio: 0.1, ok: false } }, plainStyle);
  expect(stale).toMatch(/not a basis\sfor stopping anybody/);
  expect(stale).not.toContain('conversations stop');
});
