import { expect, test } from 'vitest';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import { seen, seenWithin } from '../../../src/lib/operations/diagnose/seen.ts';

const never = new AbortController().signal;

test('a measurement that does not come is given up, and told so', async () => {
  let told: AbortSignal | null = null;
  const taken = await seenWithin(20, never, async (signal) => {
    told = signal;
    return new Promise<number>(() => undefined);
  });
  expect(taken).toMatchObject({ ok: false, state: 'silent', reason: 'no answer within 0.0 s' });
  expect(told).toMatchObject({ aborted: true });
});

test('a late failure of what was given up is nobody’s business', async () => {
  const taken = await seenWithin(10, never, async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    throw new SpillwayError('unreachable', 'late');
  });
  expect(taken).toMatchObject({ ok: false, state: 'silent' });
  await new Promise((resolve) => setTimeout(resolve, 50));
});

test.each([
  [{ sqlState: '53300' }, '53300'],
  [{ reply: 'BUSY' }, 'BUSY'],
  [{ refused: true }, 'refused'],
  [{ refused: false }, 'silent'],
])('what the store said is kept: %j', async (details, state) => {
  const taken = await seen(async () => {
    throw new SpillwayError('unreachable', 'why', { details, suggestions: ['do this'] });
  });
  expect(taken).toEqual({ ok: false, reason: 'why', state, suggestion: 'do this' });
});

test('an interruption and a bug go through', async () => {
  const interruption = new SpillwayError('interrupted', 'Ctrl-C');
  await expect(seen(() => Promise.reject(interruption))).rejects.toBe(interruption);
  await expect(seen(() => Promise.reject(new TypeError('bug')))).rejects.toThrow('bug');
});
