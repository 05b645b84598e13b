import { expect, test } from 'vitest';
import { partKeys, spillwayKeys } from '../../../src/lib/drivers/queue/redis-list/channel-keys.ts';
import { adaptivePace } from '../../../src/lib/drivers/queue/redis-list/pace.ts';
import { selectorKey } from '../../../src/lib/drivers/queue/selector.ts';

function settled(elapsedMs: (size: number) => number): number {
  const pace = adaptivePace({ first: 500, least: 200, most: 1_000, targetMs: 2 });
  for (let i = 0; i < 400; i += 1) pace.took(elapsedMs(pace.size()));
  return pace.size();
}

test('pieces grow to what fits the time, and no further than allowed', () => {
  expect(settled((size) => size / 1_000)).toBe(1_000);
  expect(settled((size) => size / 300)).toBeGreaterThan(550);
  expect(settled((size) => size / 300)).toBeLessThan(650);
  expect(settled(() => 80)).toBe(200);
});

test('now and then a late answer does not shrink the pieces', () => {
  let n = 0;
  expect(
    settled((size) => {
      n += 1;
      return n % 2 === 0 ? 50 : size / 1_000;
    }),
  ).toBe(1_000);
});

test("a run's keys stand in the queue's slot, each queue's apart", () => {
  const keys = (queue: string) => spillwayKeys({ name: 'x', queue, processing: '', stats: '' }).prefix;
  expect(keys('orchestrator:{email}:queue')).toBe('orchestrator:{email}:spillway:');
  expect(keys('app:{q}:email')).toBe('app:{q}:email:spillway:');
  expect(keys('app:{q}:sms')).toBe('app:{q}:sms:spillway:');
  expect(keys('jobs')).toBe('{jobs}:spillway:');
  const channel = { name: 'email', queue: 'orchestrator:{email}:queue', processing: '', stats: '' };
  expect(partKeys(channel, { purgeId: 'p-1', part: 2 }).quarantine).toBe(
    'orchestrator:{email}:spillway:p-1.2:quarantine',
  );
  for (const purgeId of ['', 'a:b', 'a}b', 'a.1'])
    expect(() => partKeys(channel, { purgeId, part: 1 })).toThrow();
});

test('one selector has one key, however it is written', () => {
  expect(selectorKey({ kind: 'match', conversationIds: [3, 1, 3], clientIds: [] })).toBe(
    'conversationId=1,3',
  );
  expect(selectorKey({ kind: 'match', clientIds: [2], conversationIds: [1] })).toBe(
    'conversationId=1&clientId=2',
  );
  expect(selectorKey({ kind: 'all' })).toBe('all');
});
