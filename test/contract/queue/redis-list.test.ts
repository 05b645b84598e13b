import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Selector } from '../../../src/lib/drivers/queue/driver.ts';
import { matches } from '../../../src/lib/drivers/queue/selector.ts';
import { type RedisServer, startRedis } from '../../servers/redis.ts';
import { queueContract } from './queue-suite.ts';
import { redisQueue } from './redis-queue.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

queueContract('Redis lists', () => redisQueue(server));

const ids = fc.constantFrom(7, 8, 77);
const texts = fc.constantFrom(
  'a@b',
  '',
  '"conversationId":7,',
  '\\',
  'conversationId',
  'ñ\u2028',
  '{"clientId":3}',
  '\u0000',
);

/** Messages as producers of all kinds might write them: usual, spaced, in another order, nested, cut off, doubled. */
const messages = fc
  .record({
    conversationId: ids,
    activationId: ids,
    clientId: ids,
    to: texts,
    form: fc.nat(9),
    cut: fc.nat(400),
  })
  .map(({ form, cut, ...fields }) => {
    const usual = JSON.stringify(fields);
    if (form <= 3) return usual;
    if (form === 4) return usual.slice(0, cut);
    if (form === 5) return JSON.stringify(fields, null, 1);
    if (form === 6) return `{"conversationId":8,${usual.slice(1)}`;
    if (form === 7) return JSON.stringify({ meta: fields, ...fields, conversationId: fields.clientId });
    if (form === 8) return `${usual}${usual}`;
    return JSON.stringify({
      to: fields.to,
      clientId: fields.clientId,
      conversationId: fields.conversationId,
    });
  })
  .map((text) => Buffer.from(text));

test('whatever stands in a queue, the scripts choose as a full parse does, and restore puts every byte back', async () => {
  const queue = await redisQueue(server, { first: 5, least: 5, most: 5, targetMs: 2 });
  const selectors: Selector[] = [
    { kind: 'match', conversationIds: [7] },
    { kind: 'match', clientIds: [7, 8], activationIds: [77, 7] },
  ];
  let run = 0;
  const property = fc.asyncProperty(
    fc.array(messages, { minLength: 1, maxLength: 40 }),
    fc.constantFrom(...selectors),
    async (stock, selector) => {
      await queue.redis.flushall();
      await queue.writer.enqueue('email', stock);
      const before = await queue.visible('email');
      const taken = before.filter((raw) => matches(selector, raw.toString()));
      expect((await queue.reader.count(selector)).matched).toBe(taken.length);
      run += 1;
      const part = { purgeId: `p${run}`, channel: 'email', part: 1 };
      let state = await queue.writer.openPurge(part, selector);
      while (state.stage === 'scanning') state = await queue.writer.quarantine(part, 0);
      expect((await queue.writer.readQuarantined(part, 100)).map(({ raw }) => raw)).toEqual(taken);
      expect(await queue.visible('email')).toEqual(
        before.filter((raw) => !matches(selector, raw.toString())),
      );
      state = await queue.writer.openRestore(part);
      const records = await queue.writer.readQuarantined(part, 100);
      if (records.length > 0)
        state = await queue.writer.restore(part, { expected: 0, from: 'quarantine', records });
      while (state.stage === 'restoring') state = await queue.writer.finishRestore(part, 0);
      expect(await queue.visible('email')).toEqual(before);
    },
  );
  await fc.assert(property, { numRuns: 150 });
  await queue.close();
});
