import { expect, test } from 'vitest';
import { spreadPages } from '../../../src/lib/drivers/queue/pages.ts';
import { estimateWaiting, largestOwner } from '../../../src/lib/operations/queue/sample-estimate.ts';
import { forecastOf } from '../../../src/lib/operations/volume/forecast.ts';
import { sample } from './quiet-target.ts';

const basis = {
  ...{ conversationIds: [15], culpritsFrom: 'errors' as const, newestShare: 0 },
  ...{ inPerSecond: 400, outPerSecond: 1_900, expectedPerSecond: 400 },
};

test('what a purge leaves drains at what the consumers get through now', () => {
  const forecast = forecastOf({ ...basis, samples: [sample(100_000, { 15: 97, 4: 3 })] });
  expect(forecast.culpritsWaiting.messages).toBeCloseTo(97_000);
  expect(forecast.restWaiting.messages).toBeCloseTo(3_000);
  expect(forecast).toMatchObject({ outPerSecond: 1_900, outFrom: 'measured', messagesSampled: 2_000 });
  expect(forecast.secondsToDrain).toBeCloseTo(2);
});

test('the expected level counts where it is higher, and a share of what comes in goes with the culprits', () => {
  const samples = [sample(100_000, { 15: 97, 4: 3 })];
  const slow = forecastOf({ ...basis, samples, outPerSecond: 10, inPerSecond: 500, newestShare: 0.5 });
  expect(slow).toMatchObject({ outFrom: 'expected', outPerSecond: 400, restInPerSecond: 250 });
  expect(slow.secondsToDrain).toBeCloseTo(20);
  expect(forecastOf({ ...basis, samples, outPerSecond: 10 }).secondsToDrain).toBeNull();
  expect(forecastOf({ ...basis, samples, inPerSecond: null }).secondsToDrain).toBeNull();
  expect(forecastOf({ ...basis, samples: [sample(2_000, { 15: 100 })] }).secondsToDrain).toBe(0);
});

test('a queue that was counted whole has no interval; pages that differ have a wide one', () => {
  const whole = estimateWaiting([sample(2_000, { 15: 30, 4: 70 })], 'byConversation', new Set([15]));
  expect(whole).toEqual({ messages: 600, low: 600, high: 600 });
  const alike = sample(1_000_000, { 15: 50, 4: 50 });
  const clustered = {
    ...alike,
    pages: alike.pages.map((page, index) => ({
      ...page,
      byConversation: [{ id: index % 2 === 0 ? 15 : 4, messages: 100 }],
    })),
  };
  const estimate = estimateWaiting([clustered], 'byConversation', new Set([15]));
  expect(estimate.messages).toBeCloseTo(500_000);
  expect(estimate.high - estimate.low).toBeGreaterThan(400_000);
});

test('the largest owner is found over all channels', () => {
  const samples = [sample(1_000, { 1: 60, 2: 40 }), sample(9_000, { 2: 90, 3: 10 })];
  expect(largestOwner(samples, 'byClient')).toMatchObject({ id: 2, messages: 8_500 });
  expect(largestOwner([], 'byClient')).toBeNull();
});

test('pages are spread evenly, and cover a short queue whole', () => {
  expect(spreadPages(1_000, 4, 10).map(({ place }) => place)).toEqual([120, 370, 620, 870]);
  expect(spreadPages(25, 4, 10)).toEqual([
    { place: 0, size: 10 },
    { place: 10, size: 10 },
    { place: 20, size: 5 },
  ]);
  expect(spreadPages(0, 4, 10)).toEqual([]);
});
