import { expect, test } from 'vitest';
import { figuresOf, type WatchFigures } from '../../../src/lib/operations/watch/figures.ts';
import { conversationsToFix, fixesOf } from '../../../src/lib/operations/watch/fixes.ts';
import {
  emptyHistory,
  type WatchHistory,
  withFailure,
  withPulse,
  withQueues,
} from '../../../src/lib/operations/watch/history.ts';
import { beginMs, depthOf, pulseOf, storm } from './samples.ts';

const at = (history: WatchHistory, second = 2, windowSeconds = 10): WatchFigures =>
  figuresOf(history, { windowSeconds, nowMs: beginMs + second * 1_000, expectedDeliveriesPerSecond: 400 });

test('nothing is known before the first sample, and there are no rates before the second', () => {
  expect(at(emptyHistory).errors).toEqual({ ok: false, reason: 'not measured yet' });
  const one = at(
    withQueues(withPulse(emptyHistory, pulseOf(0, 500), beginMs, 4), [depthOf('email', 0)], beginMs),
  );
  expect(one.errors).toMatchObject({ ok: true, value: { errorsPerSecond: null, series: [] } });
  expect(one.deliveries).toMatchObject({ ok: true, value: { deliveredPerSecond: null, share: null } });
  expect(one.queues).toMatchObject({ ok: true, value: [{ waiting: 1_000, inPerSecond: null }] });
});

test('rates are those of the window, by the clock of the store', () => {
  const figures = at(storm());
  expect(figures.errors).toMatchObject({
    value: { errorsPerSecond: 1_000, writesPerSecond: 2_000, series: [1_000, 1_000] },
  });
  expect(figures.deliveries).toMatchObject({
    value: { deliveredPerSecond: 80, failedPerSecond: 10, share: 0.2, series: [80, 80] },
  });
  expect(figures.queues).toMatchObject({
    value: [
      {
        channel: 'email',
        inPerSecond: 100,
        deliveredPerSecond: 40,
        oldestAgeSeconds: 62,
        secondsToDrain: null,
      },
      { channel: 'sms', failedPerSecond: 0 },
    ],
  });
});

test('readings before the window do not count', () => {
  let history = storm();
  history = withPulse(history, pulseOf(60, 2_000), beginMs + 60_000, 4);
  history = withPulse(history, pulseOf(61, 2_500), beginMs + 61_000, 4);
  expect(at(history, 61, 5).errors).toMatchObject({ value: { errorsPerSecond: 500 } });
});

test('shares have intervals, names and rates, largest first', () => {
  const { culprits } = at(storm());
  if (!culprits.ok) throw new Error(culprits.reason);
  const { conversations, fresh, resolvedPlaces } = culprits.value;
  expect(conversations.map((one) => one.conversationId)).toEqual([1, 2, 3]);
  expect(conversations[1]).toMatchObject({ name: 'Conversation 2', client: 'Client b' });
  const [first] = conversations;
  expect(first?.share).toBeCloseTo(4 / 7, 2);
  expect(first?.low).toBeLessThan(4 / 7);
  expect(first?.high).toBeGreaterThan(4 / 7);
  expect(first?.ratePerSecond).toBeCloseTo(4_000 / 7, -1);
  expect([fresh, resolvedPlaces]).toEqual([true, 2]);
});

test('rows that are not those being written are said to be so', () => {
  let history = withPulse(emptyHistory, pulseOf(0, 0), beginMs, 4);
  const stale = pulseOf(1, 10_000, { 1: 2_000 });
  if (!stale.tail.ok) throw new Error('the sample has a tail');
  const counts = stale.tail.value.counts.map((one) => ({ ...one, recent: 1, fresh: 0 }));
  const tail = { ok: true, value: { ...stale.tail.value, counts } } as const;
  history = withPulse(history, { ...stale, tail }, beginMs + 1_000, 4);
  expect(at(history, 1).culprits).toMatchObject({ value: { fresh: false } });
});

test('sessions are averaged over the samples, the largest wait first', () => {
  const { database } = at(storm());
  expect(database).toMatchObject({
    value: { samples: 3, activeSessions: 10, onErrorLog: 8, connections: { used: 32 } },
  });
  if (!database.ok) throw new Error(database.reason);
  expect(database.value.waits[0]).toEqual({ waitType: 'Lock', waitEvent: 'tuple', sessions: 8 });
});

test('a store that is down costs its own figures only, and what was read before comes back with it', () => {
  const down = withFailure(storm(), 'database', 'refused', beginMs + 3_000);
  const figures = at(down, 3);
  for (const name of ['errors', 'culprits', 'database'] as const)
    expect(figures[name]).toEqual({ ok: false, reason: 'refused' });
  expect([figures.deliveries.ok, figures.queues.ok, figures.services.ok]).toEqual([true, true, true]);
  const again = withPulse(down, pulseOf(4, 4_000), beginMs + 4_000, 4);
  expect(at(again, 4).errors).toMatchObject({ ok: true, value: { errorsPerSecond: 1_000 } });
});

test('a log that is locked costs the culprits only', () => {
  const locked = { tail: { ok: false, reason: 'lock not granted within 200 ms' } } as const;
  const figures = at(withPulse(storm(), pulseOf(3, 3_000, {}, locked), beginMs + 3_000, 4), 3);
  expect(figures.culprits).toEqual({ ok: false, reason: 'lock not granted within 200 ms' });
  expect([figures.errors.ok, figures.database.ok]).toEqual([true, true]);
});

test('the fixes are for those marked, else for everyone with a noticeable share', () => {
  const figures = at(storm(8));
  expect(conversationsToFix(figures, [])).toEqual([1, 2, 3, 4, 5]);
  expect(conversationsToFix(figures, [9, 4])).toEqual([4, 9]);
  const fixes = fixesOf(figures, 'lab', [4, 9]);
  expect(fixes.map((fix) => fix.command)).toEqual([
    'spillway conversations stop 4 9 --target lab',
    'spillway queue purge --conversation 4,9 --target lab',
    'spillway activations pause --all --target lab',
    'spillway errors log --sample 100 --for 60 --target lab',
    'spillway services restart email --target lab',
  ]);
});

test('where nobody is known to write errors, nobody is stopped', () => {
  const operations = fixesOf(at(emptyHistory), 'lab', []).map((fix) => fix.operation);
  expect(operations).toEqual(['activations.pause', 'errors.log.set']);
});
