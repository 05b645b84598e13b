import { expect, test } from 'vitest';
import { memoryQueue } from '../../../src/lib/drivers/queue/memory.ts';
import { queueList } from '../../../src/lib/operations/queue/list.ts';
import { queuePeek } from '../../../src/lib/operations/queue/peek.ts';
import { volumeShow } from '../../../src/lib/operations/volume/show.ts';
import { renderDepths, renderPeek } from '../../../src/lib/views/queue.ts';
import { renderVolume } from '../../../src/lib/views/volume.ts';
import { message } from '../../contract/queue/messages.ts';
import { operationContext } from './operation-context.ts';

/** A queue whose store's clock stands still until the test moves it; sleeping lets `during` happen. */
function scene(during: (queue: ReturnType<typeof memoryQueue>) => Promise<void>, expected?: number) {
  let nowMs = Date.parse('2026-01-02T03:05:05.678Z');
  const queue = memoryQueue(['email', 'sms'], { now: () => nowMs });
  const context = operationContext({
    ...queue,
    archiveFolder: '/nowhere',
    ...(expected === undefined ? {} : { expected }),
  });
  const clock = {
    ...context.clock,
    async sleep(durationMs: number) {
      await during(queue);
      nowMs += durationMs;
    },
  };
  return { queue, context: { ...context, clock } };
}

const many = (count: number) => Array.from({ length: count }, (_, i) => message(i));

test('volume: rates come from the counters over the window, and say how long it will take', async () => {
  const { queue, context } = scene(async ({ writer, take, settle }) => {
    await writer.enqueue('email', many(20));
    for (let i = 0; i < 60; i += 1) {
      take('email');
      settle('email', i < 40 ? 'delivered' : 'failed');
    }
    take('email');
  }, 40);
  await queue.writer.enqueue('email', many(100));
  const { data } = await volumeShow.plan(context, { windowMs: 2_000, forecast: false });
  expect(data.channels[0]).toEqual({
    channel: 'email',
    ...{
      waiting: 59,
      inWork: 1,
      inPerSecond: 10,
      outPerSecond: 30,
      deliveredPerSecond: 20,
      failedPerSecond: 10,
    },
    ...{ oldestAgeSeconds: 62, secondsToDrain: 59 / 20 },
  });
  expect(data.totals).toMatchObject({
    waiting: 59,
    expectedDeliveriesPerSecond: 40,
    share: 0.5,
    secondsToDrain: 2.95,
  });
  const text = renderVolume(data);
  expect(text).toMatch(/^59 messages waiting, 1 in work\.\nDelivered: 20(\.0)?\/s, 50 % of the expected 40/);
  expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
  expect(text).toMatch(/Next: spillway database health$/);
});

test('volume: without an expected level there is no share; a queue that grows does not drain', async () => {
  const { context } = scene(async ({ writer }) => {
    await writer.enqueue('sms', many(3));
  });
  const { data } = await volumeShow.plan(context, { windowMs: 1_000, forecast: false });
  expect(data.totals).toMatchObject({
    waiting: 3,
    share: null,
    expectedDeliveriesPerSecond: null,
    secondsToDrain: null,
  });
  expect(data.channels[0]?.secondsToDrain).toBe(0);
  expect(renderVolume(data)).toMatch(/not now/);
});

test('queue list shows every channel and what an unfinished purge holds, within 80 columns', async () => {
  const { queue, context } = scene(async () => undefined);
  await queue.writer.enqueue('email', many(8_000));
  await queue.writer.openPurge(
    { purgeId: 'p', channel: 'email', part: 1 },
    { kind: 'match', clientIds: [3] },
  );
  const { data } = await queueList.plan(context, {});
  const text = renderDepths(data);
  expect(text).toMatch(/^8,000 messages waiting, 0 in work\./);
  expect(text).toMatch(/8,000 messages set aside by a purge or restore that is not finished/);
  expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
});

test('queue peek makes control characters visible and leaves JSON exact', async () => {
  const { queue, context } = scene(async () => undefined);
  const evil = Buffer.from('{"to":"\u001b[31mred\u202e"}');
  await queue.writer.enqueue('email', [evil, Buffer.from([0xff])]);
  const { data } = await queuePeek.plan(context, { channel: 'email', count: 5, end: 'oldest' });
  expect(data.messages.map(({ message: text, base64 }) => [text, base64])).toEqual([
    [evil.toString(), null],
    [null, '/w=='],
  ]);
  const text = renderPeek(data);
  expect(text).toContain('{"to":"\\u{1b}[31mred\\u{202e}"}');
  expect(text.includes('\u001b')).toBe(false);
});
