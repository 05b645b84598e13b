import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
  PurgePart,
  PurgeState,
  QueueReader,
  QueueRecord,
  QueueWriter,
  Selector,
} from '../../../src/lib/drivers/queue/driver.ts';
import { matches } from '../../../src/lib/drivers/queue/selector.ts';
import { message, oddities, spellings } from './messages.ts';

/** A queue with channels email and sms, both empty, and the consumers' side of it. */
export interface QueueUnderTest {
  readonly reader: QueueReader;
  readonly writer: QueueWriter;
  /** A consumer takes the oldest message in hand. */
  take(channel: string): Promise<Buffer | null>;
  settle(channel: string, raw: Buffer, outcome: 'delivered' | 'failed'): Promise<void>;
  /** Back at the newest end. */
  defer(channel: string, raw: Buffer): Promise<void>;
  /** What consumers see, newest first. */
  visible(channel: string): Promise<Buffer[]>;
  close(): Promise<void>;
}

const seven: Selector = { kind: 'match', conversationIds: [7] };
const email = (part = 1, purgeId = 'p1'): PurgePart => ({ purgeId, channel: 'email', part });

/** Every third message is of conversation 7. */
function mixed(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => message(i, { conversationId: i % 3 === 0 ? 7 : 5 }));
}

/** What every queue driver must do. Pieces of the writers made by `open` should be small (7 messages or so). */
export function queueContract(name: string, open: () => Promise<QueueUnderTest>): void {
  describe(name, () => {
    let queue: QueueUnderTest;
    beforeEach(async () => {
      queue = await open();
    });
    afterEach(() => queue.close());

    const quarantined = async (part: PurgePart, selector: Selector) => {
      let state = await queue.writer.openPurge(part, selector);
      while (state.stage === 'scanning') state = await queue.writer.quarantine(part, 0);
      return state;
    };
    const archived = async (part: PurgePart, batch = 5) => {
      const records: QueueRecord[] = [];
      for (;;) {
        const next = await queue.writer.readQuarantined(part, batch);
        if (next.length === 0) break;
        await queue.writer.release(part, {
          expected: records.length,
          count: next.length,
          mark: `m${records.length + next.length}`,
        });
        records.push(...next);
      }
      await queue.writer.finishPurge(part);
      return records;
    };
    const restored = async (part: PurgePart, archive: readonly QueueRecord[] = [], batch = 11) => {
      let state = await queue.writer.openRestore(part);
      while (state.stage === 'scanning') {
        await queue.writer.quarantine(part, 0);
        const [now] = (await queue.reader.purge(part.purgeId)).filter((one) => one.part === part.part);
        state = now?.stage === 'scanning' ? now : await queue.writer.openRestore(part);
      }
      while (state.stage === 'restoring' && state.restored < state.matched) {
        const from = state.restored < state.archived ? 'archive' : 'quarantine';
        const records =
          from === 'archive'
            ? archive.slice(state.restored, Math.min(state.restored + batch, state.archived))
            : await queue.writer.readQuarantined(part, batch);
        state = await queue.writer.restore(part, { expected: state.restored, from, records });
      }
      while (state.stage === 'restoring') state = await queue.writer.finishRestore(part, 0);
      return state;
    };

    test('an empty queue has empty depths, and nothing to purge', async () => {
      expect(queue.reader.channels()).toEqual(['email', 'sms']);
      const [depth] = await queue.reader.depths(['email']);
      expect(depth).toMatchObject({
        channel: 'email',
        ...{ waiting: 0, held: 0, processing: 0, oldestEnqueuedAt: null },
        ...{ processed: 0, delivered: 0, failed: 0, quarantined: 0, archived: 0 },
      });
      expect(await quarantined(email(), seven)).toMatchObject({ stage: 'quarantined', total: 0, matched: 0 });
      expect(await queue.writer.finishPurge(email())).toMatchObject({ stage: 'archived' });
      expect(await restored(email())).toMatchObject({ stage: 'restored' });
    });

    test('a sample covers a short queue whole, and a long one evenly, without taking anything', async () => {
      await queue.writer.enqueue('email', [...mixed(30), ...oddities.slice(0, 2)]);
      const [whole] = await queue.reader.sample({ channels: ['email'], pages: 4, pageSize: 10 });
      expect(whole?.waiting).toBe(32);
      expect(whole?.pages.map(({ place, messages }) => [place, messages])).toEqual([
        [0, 10],
        [10, 10],
        [20, 10],
        [30, 2],
      ]);
      const counted = (id: number) =>
        whole?.pages
          .flatMap(({ byConversation }) => byConversation)
          .reduce((sum, tally) => sum + (tally.id === id ? tally.messages : 0), 0);
      expect([counted(7), counted(5)]).toEqual([10, 20]);
      const [some, none] = await queue.reader.sample({ pages: 2, pageSize: 3 });
      expect(some?.pages.map(({ place, messages }) => [place, messages])).toEqual([
        [6, 3],
        [22, 3],
      ]);
      expect(none).toEqual({ channel: 'sms', waiting: 0, pages: [] });
      expect((await queue.reader.depths(['email']))[0]?.waiting).toBe(32);
    });

    test('depths account for every message at each stage', async () => {
      await queue.writer.enqueue('email', mixed(30));
      const [a, b, c] = [await queue.take('email'), await queue.take('email'), await queue.take('email')];
      await queue.settle('email', a as Buffer, 'delivered');
      await queue.settle('email', b as Buffer, 'failed');
      expect(c).not.toBeNull();
      const counts = { injected: 30, processed: 2, delivered: 1, failed: 1, processing: 1 };
      const depth = async () => (await queue.reader.depths(['email']))[0];
      expect(await depth()).toMatchObject({ ...counts, waiting: 27, held: 0, quarantined: 0, archived: 0 });
      expect((await depth())?.oldestEnqueuedAt).toBe('2026-01-02T03:04:05.678Z');
      await queue.writer.openPurge(email(), seven);
      expect(await depth()).toMatchObject({ ...counts, waiting: 27, held: 27, quarantined: 0, archived: 0 });
      expect((await depth())?.oldestEnqueuedAt).toBe('2026-01-02T03:04:05.678Z');
      await quarantined(email(), seven);
      expect(await depth()).toMatchObject({ ...counts, waiting: 18, held: 0, quarantined: 9, archived: 0 });
      const records = await archived(email());
      expect(await depth()).toMatchObject({ ...counts, waiting: 18, held: 0, quarantined: 0, archived: 9 });
      await restored(email(), records);
      expect(await depth()).toMatchObject({ ...counts, waiting: 27, held: 0, quarantined: 0, archived: 0 });
      expect((await queue.reader.depths()).map((one) => one.channel)).toEqual(['email', 'sms']);
    });

    test('a count tells by conversation, client and channel, and sees what is in work', async () => {
      await queue.writer.enqueue('email', mixed(30));
      await queue.writer.enqueue('sms', [message(100, { conversationId: 7, clientId: 4 }), Buffer.from('?')]);
      await queue.take('email');
      const seen: number[] = [];
      const count = await queue.reader.count(seven, { onProgress: (scanned) => seen.push(scanned) });
      expect(count).toMatchObject({ scanned: 31, matched: 10, unreadable: 1, inWork: 1 });
      expect(count.byConversation).toEqual([{ id: 7, messages: 10 }]);
      expect(count.byClient).toEqual([
        { id: 3, messages: 9 },
        { id: 4, messages: 1 },
      ]);
      expect(count.byChannel).toMatchObject([
        { channel: 'email', waiting: 29, scanned: 29, matched: 9, inWork: 1, unreadable: 0, injected: 30 },
        { channel: 'sms', waiting: 2, scanned: 2, matched: 1, inWork: 0, unreadable: 1, injected: 2 },
      ]);
      const all = await queue.reader.count({ kind: 'all' }, { channels: ['email'] });
      expect(all).toMatchObject({ matched: 29, scanned: 29, inWork: 1 });
      expect(all.byConversation.map(({ id }) => id)).toEqual([5, 7]);
      const newest = await queue.reader.count({ kind: 'all' }, { channels: ['email'], newest: 4 });
      expect(newest).toMatchObject({ matched: 4, scanned: 4 });
      expect((await queue.reader.count({ kind: 'match' })).matched).toBe(0);
      await expect(queue.reader.count(seven, { channels: ['fax'] })).rejects.toMatchObject({ code: 'usage' });
    });

    test('every message is told apart as a full parse tells it', async () => {
      const messages = [...oddities, ...spellings, ...mixed(12)];
      await queue.writer.enqueue('email', messages);
      const both: Selector = {
        kind: 'match',
        conversationIds: [7, 9],
        clientIds: [3],
        activationIds: [40, 41],
      };
      const client: Selector = { kind: 'match', clientIds: [3] };
      for (const [index, selector] of [seven, both, client].entries()) {
        const expected = messages.filter((raw) => matches(selector, raw.toString())).length;
        expect((await queue.reader.count(selector)).matched).toBe(expected);
        const part = email(1, `p${index}`);
        expect(await quarantined(part, selector)).toMatchObject({ matched: expected });
        await restored(part);
      }
      expect(messages.filter((raw) => matches(seven, raw.toString()))).toEqual([
        ...spellings,
        ...mixed(12).filter((_, i) => i % 3 === 0),
      ]);
    });

    test('a peek shows messages as they are, from either end, without taking them', async () => {
      await queue.writer.enqueue('email', [...mixed(10), ...oddities]);
      const oldest = await queue.reader.peek('email', { end: 'oldest', count: 3 });
      expect(oldest.messages).toEqual([0, 1, 2].map((place) => ({ place, raw: mixed(10)[place] })));
      const newest = await queue.reader.peek('email', { end: 'newest', count: 2 });
      expect(newest.messages.map(({ raw }) => raw)).toEqual([...oddities].reverse().slice(0, 2));
      expect(newest.waiting).toBe(10 + oddities.length);
      const some = await queue.reader.peek('email', { end: 'oldest', count: 2, selector: seven, lookAt: 4 });
      expect(some).toMatchObject({ lookedAt: 4, messages: [{ place: 0 }, { place: 3 }] });
    });

    test('a purge takes exactly the matches and keeps the order of the rest, byte for byte', async () => {
      const messages = [...mixed(40), ...oddities, ...spellings];
      await queue.writer.enqueue('email', messages);
      const before = await queue.visible('email');
      await quarantined(email(), seven);
      const rest = before.filter((raw) => !matches(seven, raw.toString()));
      expect(await queue.visible('email')).toEqual(rest);
      const taken = await archived(email());
      expect(taken.map(({ raw }) => raw)).toEqual(before.filter((raw) => matches(seven, raw.toString())));
      for (const { position, raw } of taken) expect(messages[position]).toEqual(raw);
    });

    test('a restore brings back exactly what was there, whatever stage the purge had reached', async () => {
      await queue.writer.enqueue('email', [...mixed(40), ...oddities, ...spellings]);
      const before = await queue.visible('email');
      const selectors: Selector[] = [seven, { kind: 'all' }, { kind: 'match', conversationIds: [404] }];
      for (const [index, selector] of selectors.entries()) {
        const opened = email(1, `opened${index}`);
        await queue.writer.openPurge(opened, selector);
        await restored(opened);
        expect(await queue.visible('email')).toEqual(before);

        const begun = email(1, `begun${index}`);
        await queue.writer.openPurge(begun, selector);
        await queue.writer.quarantine(begun, 0);
        await restored(begun);
        expect(await queue.visible('email')).toEqual(before);

        const half = email(1, `half${index}`);
        await quarantined(half, selector);
        const records = await queue.writer.readQuarantined(half, 5);
        await queue.writer.release(half, { expected: 0, count: records.length, mark: 'm' });
        await restored(half, records);
        expect(await queue.visible('email')).toEqual(before);

        const whole = email(1, `whole${index}`);
        await quarantined(whole, selector);
        await restored(whole, await archived(whole));
        expect(await queue.visible('email')).toEqual(before);
      }
    });

    test('equal messages go back to their own places', async () => {
      const same = Buffer.from('{"conversationId":5}');
      const taken = Buffer.from('{"conversationId":7}');
      await queue.writer.enqueue('email', [
        taken,
        same,
        same,
        taken,
        taken,
        same,
        same,
        same,
        taken,
        same,
        taken,
      ]);
      const before = await queue.visible('email');
      await quarantined(email(), seven);
      await restored(email(), await archived(email()));
      expect(await queue.visible('email')).toEqual(before);
    });

    test('what arrives during and after a purge is not touched, and stays behind what was there', async () => {
      await queue.writer.enqueue('email', mixed(30));
      const before = await queue.visible('email');
      await queue.writer.openPurge(email(), seven);
      const arrivals = [message(100, { conversationId: 7 }), message(101)];
      await queue.writer.enqueue('email', arrivals);
      await quarantined(email(), seven);
      const records = await archived(email());
      expect(records.length).toBe(10);
      await queue.writer.enqueue('email', [message(102)]);
      const newer = [message(102), ...[...arrivals].reverse()];
      const rest = before.filter((raw) => !matches(seven, raw.toString()));
      expect(await queue.visible('email')).toEqual([...newer, ...rest]);
      await queue.writer.openRestore(email());
      await queue.writer.enqueue('email', [message(103)]);
      await restored(email(), records);
      expect(await queue.visible('email')).toEqual([message(103), ...newer, ...before]);
    });

    test('when consumers have taken some of the rest, each message goes back between its former neighbours', async () => {
      await queue.writer.enqueue('email', mixed(60));
      const before = await queue.visible('email');
      let state: PurgeState = await queue.writer.openPurge(email(), seven);
      const gone: Buffer[] = [];
      while (state.stage === 'scanning') {
        state = await queue.writer.quarantine(email(), 0);
        // during the purge consumers get the oldest of what was given back so far
        const raw = await queue.take('email');
        if (raw !== null) gone.push(raw);
      }
      for (let i = 0; i < 7; i += 1) gone.push((await queue.take('email')) as Buffer);
      const records = await archived(email());
      await restored(email(), records);
      const left = before.filter((raw) => !gone.some((one) => one.equals(raw)));
      expect(await queue.visible('email')).toEqual(left);
      for (const raw of gone) await queue.settle('email', raw, 'delivered');
    });

    test('when all of the rest is gone, the messages go to the consumer end in their old order', async () => {
      await queue.writer.enqueue('email', mixed(20));
      const before = await queue.visible('email');
      await quarantined(email(), seven);
      const records = await archived(email());
      while ((await queue.take('email')) !== null);
      await queue.writer.enqueue('email', [message(100)]);
      await restored(email(), records);
      const taken = before.filter((raw) => matches(seven, raw.toString()));
      expect(await queue.visible('email')).toEqual([message(100), ...taken]);
    });

    test('a message that a consumer puts back is taken by a further part; parts are restored backwards', async () => {
      await queue.writer.enqueue('email', mixed(20));
      const before = await queue.visible('email');
      const deferred = (await queue.take('email')) as Buffer;
      await quarantined(email(1), seven);
      await queue.defer('email', deferred);
      expect(await quarantined(email(2), seven)).toMatchObject({ part: 2, matched: 1 });
      const [first, second] = [await archived(email(1)), await archived(email(2))];
      expect((await queue.reader.purge('p1')).map((state) => [state.part, state.archived])).toEqual([
        [1, 6],
        [2, 1],
      ]);
      await restored(email(2), second);
      await restored(email(1), first);
      expect(await queue.visible('email')).toEqual([deferred, ...before.slice(0, -1)]);
    });

    test('a message in work is never touched', async () => {
      await queue.writer.enqueue('email', mixed(3));
      const inHand = (await queue.take('email')) as Buffer;
      for (const selector of [seven, { kind: 'all' } as const]) {
        const part = email(1, selector.kind);
        await quarantined(part, selector);
        await archived(part);
      }
      expect((await queue.reader.depths(['email']))[0]).toMatchObject({ processing: 1, waiting: 0 });
      await queue.settle('email', inHand, 'delivered');
      expect((await queue.reader.depths(['email']))[0]).toMatchObject({ processing: 0, delivered: 1 });
    });

    test('a second purge is refused while one is open on the channel, and free afterwards', async () => {
      await queue.writer.enqueue('email', mixed(9));
      await queue.writer.openPurge(email(), seven);
      const other = email(1, 'p2');
      await expect(queue.writer.openPurge(other, seven)).rejects.toMatchObject({ code: 'locked' });
      await expect(queue.writer.openPurge({ ...other, channel: 'sms' }, seven)).resolves.toMatchObject({
        total: 0,
      });
      await quarantined(email(), seven);
      await expect(queue.writer.openPurge(other, seven)).rejects.toMatchObject({ code: 'locked' });
      const records = await archived(email());
      await queue.writer.openPurge(other, { kind: 'all' });
      await expect(queue.writer.openRestore(email())).rejects.toMatchObject({ code: 'locked' });
      await restored(other);
      expect(await restored(email(), records)).toMatchObject({ stage: 'restored' });
    });

    test('every method may be called again: counters stand guard', async () => {
      await queue.writer.enqueue('email', mixed(30));
      const before = await queue.visible('email');
      await queue.writer.openPurge(email(), seven);
      expect(await queue.writer.openPurge(email(), { kind: 'all' })).toMatchObject({
        selector: seven,
        total: 30,
      });
      const done = await quarantined(email(), seven);
      expect(await queue.writer.quarantine(email(), 0)).toEqual(done);
      expect(await queue.writer.finishPurge(email())).toMatchObject({ stage: 'quarantined' });
      const first = await queue.writer.readQuarantined(email(), 4);
      expect(await queue.writer.readQuarantined(email(), 3, 1)).toEqual(first.slice(1));
      const released = await queue.writer.release(email(), { expected: 0, count: 4, mark: 'm4' });
      expect(released).toMatchObject({ archived: 4, mark: 'm4', quarantined: 6 });
      expect(await queue.writer.release(email(), { expected: 0, count: 4, mark: 'again' })).toEqual(released);
      expect(await queue.writer.release(email(), { expected: 4, count: 40, mark: 'more' })).toEqual(released);
      const second = await queue.writer.readQuarantined(email(), 10);
      expect(second.length).toBe(6);
      expect(new Set([...first, ...second].map(({ position }) => position)).size).toBe(10);
      await queue.writer.openRestore(email());
      expect(await queue.writer.release(email(), { expected: 4, count: 6, mark: 'late' })).toMatchObject({
        archived: 4,
      });
      const wrong = { expected: 0, from: 'quarantine', records: second } as const;
      await expect(queue.writer.restore(email(), wrong)).rejects.toMatchObject({ code: 'failed' });
      const piece = { expected: 0, from: 'archive', records: first } as const;
      const once = await queue.writer.restore(email(), piece);
      expect(once).toMatchObject({ stage: 'restoring', restored: 4 });
      expect(await queue.writer.restore(email(), piece)).toEqual(once);
      expect(await queue.writer.finishRestore(email(), 0)).toMatchObject({ stage: 'restoring' });
      await restored(email(), first);
      expect(await queue.visible('email')).toEqual(before);
      expect(await restored(email(), first)).toMatchObject({ stage: 'restored', restored: 10 });
      expect(await queue.visible('email')).toEqual(before);
    });

    test('purges of another channel are another matter; run-states are listed', async () => {
      await queue.writer.enqueue('email', mixed(3));
      await queue.writer.enqueue('sms', mixed(6));
      await quarantined(email(), seven);
      await quarantined({ ...email(), channel: 'sms' }, seven);
      const states = await queue.reader.purges();
      expect(states.map((state) => [state.purgeId, state.channel, state.matched]).sort()).toEqual([
        ['p1', 'email', 1],
        ['p1', 'sms', 2],
      ]);
      expect(await queue.reader.purge('p9')).toEqual([]);
      await expect(queue.writer.quarantine(email(1, 'p9'), 0)).rejects.toMatchObject({ code: 'failed' });
      await expect(queue.writer.openPurge(email(1, 'a:b'), seven)).rejects.toMatchObject({ code: 'usage' });
    });
  });
}
