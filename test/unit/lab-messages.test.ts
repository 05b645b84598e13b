import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressFault, errorDetail, invalidAddress, validAddress } from '../../src/lib/lab/addresses.ts';
import { messageFactory, parseMessage } from '../../src/lib/lab/message.ts';
import { channels } from '../../src/lib/lab/names.ts';
import { mix, sequence, shuffled, unevenSplit } from '../../src/lib/lab/random.ts';

const number32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test('valid recipients have no fault, and invalid ones have', () => {
  fc.assert(
    fc.property(fc.constantFrom(...channels), number32, (channel, chosen) => {
      expect(addressFault(channel, validAddress(channel, chosen))).toBeUndefined();
      const wrong = ['EMPTY_ADDRESS', 'MALFORMED_ADDRESS', 'NO_ROUTE'][chosen % 3];
      expect(addressFault(channel, invalidAddress(channel, chosen))).toBe(wrong);
    }),
  );
});

test('an error detail has 100 to 300 characters and no NUL, whatever the recipient', () => {
  fc.assert(
    fc.property(fc.constantFrom(...channels), fc.string({ maxLength: 400 }), (channel, address) => {
      const detail = errorDetail('MALFORMED_ADDRESS', channel, address);
      expect(detail.length).toBeGreaterThanOrEqual(100);
      expect(detail.length).toBeLessThanOrEqual(300);
      expect(detail).not.toContain('\0');
    }),
  );
});

test('messages are read back as written, about 300 bytes, in the documented order of fields', () => {
  const source = { conversationId: 12, activationId: 40, clientId: 3, seed: 7 };
  fc.assert(
    fc.property(
      fc.constantFrom(...channels),
      fc.constantFrom('valid' as const, 'invalid' as const),
      number32,
      (channel, validity, index) => {
        const raw = messageFactory({ ...source, channel, validity })(index, '2026-11-22T08:00:00.000Z');
        const message = parseMessage(raw);
        expect(message).toMatchObject({ conversationId: 12, activationId: 40, clientId: 3, channel });
        expect(JSON.stringify(message)).toBe(raw);
        expect(Object.keys(message ?? {}).join()).toBe(
          'id,conversationId,activationId,clientId,channel,to,body,enqueuedAt',
        );
        expect(raw.length).toBeGreaterThan(240);
        expect(raw.length).toBeLessThan(400);
      },
    ),
  );
});

test('ids differ between indexes, channels and activations, and come back with the seed', () => {
  const ids = new Set<string>();
  const make = (activationId: number, channelIndex: number) =>
    messageFactory({
      conversationId: 1,
      clientId: 1,
      seed: 5,
      validity: 'valid',
      activationId,
      channel: channels[channelIndex] ?? 'email',
    });
  for (const activationId of [1, 2])
    for (const channelIndex of channels.keys())
      for (let index = 0; index < 2_000; index += 1)
        ids.add(parseMessage(make(activationId, channelIndex)(index, ''))?.id ?? '');
  expect(ids.size).toBe(16_000);
  expect(make(1, 0)(17, '')).toBe(make(1, 0)(17, ''));
});

test('what is no complete message is not read', () => {
  fc.assert(fc.property(fc.string(), (text) => parseMessage(text) === undefined));
  fc.assert(fc.property(fc.json(), (text) => parseMessage(text) === undefined));
});

test('a split is exact, and no part is more than about three times another', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 0 }), number32, (parts, extra, seed) => {
      const total = parts * 100 + (extra % 10_000_000);
      const shares = unevenSplit(total, parts, sequence(seed));
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(total);
      expect(Math.max(...shares) / Math.min(...shares)).toBeLessThan(3.2);
    }),
  );
});

test('shuffling and sequences depend on the seed only, and mixing is one to one', () => {
  const items = Array.from({ length: 40 }, (_, index) => index);
  expect(shuffled(items, sequence(3))).toEqual(shuffled(items, sequence(3)));
  expect(shuffled(items, sequence(3))).not.toEqual(shuffled(items, sequence(4)));
  expect(shuffled(items, sequence(3)).sort((one, other) => one - other)).toEqual(items);
  expect(new Set(Array.from({ length: 50_000 }, (_, index) => mix(index, 99))).size).toBe(50_000);
});
