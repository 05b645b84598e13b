import { expect, test } from 'vitest';
import { systemClock } from '../../../src/lib/core/clock.ts';
import { exitCodeOf, messageOf, SpillwayError } from '../../../src/lib/core/errors.ts';

test('every error code has its exit code, as documented', () => {
  expect(exitCodeOf).toEqual({
    failed: 1,
    usage: 2,
    refused: 3,
    'check-failed': 4,
    'stale-plan': 5,
    locked: 6,
    unreachable: 7,
    'unknown-outcome': 8,
    interrupted: 130,
  });
  expect(new SpillwayError('locked', 'taken').exitCode).toBe(6);
});

test('an error keeps its cause, its suggestions and its facts', () => {
  const cause = new Error('why');
  const error = new SpillwayError('failed', 'what', { cause, suggestions: ['try'], details: { id: 1 } });
  expect(error).toMatchObject({ name: 'SpillwayError', cause, suggestions: ['try'], details: { id: 1 } });
  expect(new SpillwayError('failed', 'what')).not.toHaveProperty('cause');
  expect([messageOf(error), messageOf('thrown text'), messageOf(null)]).toEqual([
    'what',
    'thrown text',
    'null',
  ]);
});

test('a sleep ends with its time, or with the reason for which it was cut short', async () => {
  const interrupt = new AbortController();
  await systemClock.sleep(1, interrupt.signal);
  const long = systemClock.sleep(600_000, interrupt.signal);
  const reason = new SpillwayError('interrupted', 'stopped');
  interrupt.abort(reason);
  await expect(long).rejects.toBe(reason);
  await expect(systemClock.sleep(600_000, interrupt.signal)).rejects.toBe(reason);
});
