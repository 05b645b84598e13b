import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { LockHolder, LockHome } from '../../../src/lib/core/lock.ts';

/** Makes homes of one and the same lock, free at first; the returned function opens it for another process, with the given lifetime in milliseconds. */
export type OpenLock = () => Promise<(lifetimeMs?: number) => LockHome>;

export function holderOf(runId: string, since = '2026-01-02T03:04:05.000Z'): LockHolder {
  return { actor: 'ann@desk', host: 'desk', pid: 4_711, runId, since };
}

/** What every LockHome promises (core/lock.ts). */
export function lockSuite(kind: string, openLock: OpenLock): void {
  describe(`${kind} as the lock of a target`, () => {
    test('has no holder before anybody took it', async () => {
      const open = await openLock();
      expect(await open().inspect()).toBeNull();
    });

    test('is given to one, and tells everybody else who that is', async () => {
      const open = await openLock();
      const ann = holderOf('run-ann');
      expect(await open().acquire(ann, null)).toEqual({
        acquired: true,
        token: expect.any(Number),
        tookOverFrom: null,
      });
      expect(await open().acquire(holderOf('run-bob'), null)).toEqual({ acquired: false, holder: ann });
      expect(await open().inspect()).toEqual(ann);
    });

    test('goes to exactly one of many that ask at once', async () => {
      const open = await openLock();
      const homes = Array.from({ length: 8 }, () => open());
      const answers = await Promise.all(
        homes.map((home, index) => home.acquire(holderOf(`run-${index}`), null)),
      );
      expect(answers.filter((one) => one.acquired)).toHaveLength(1);
    });

    test('is taken over from the holder that is named, and from nobody else', async () => {
      const open = await openLock();
      const [ann, bob] = [holderOf('run-ann'), holderOf('run-bob')];
      await open().acquire(ann, null);
      const earlier = holderOf('run-ann', '2025-12-31T00:00:00.000Z');
      expect(await open().acquire(bob, earlier)).toEqual({ acquired: false, holder: ann });
      expect(await open().acquire(bob, holderOf('run-cid'))).toEqual({ acquired: false, holder: ann });
      expect(await open().acquire(bob, ann)).toMatchObject({ acquired: true, tookOverFrom: ann });
      expect(await open().inspect()).toEqual(bob);
    });

    test('gives every holder a higher token than the one before', async () => {
      const open = await openLock();
      const tokens: number[] = [];
      for (const name of ['ann', 'bob', 'cid']) {
        const got = await open().acquire(holderOf(`run-${name}`), await open().inspect());
        if (got.acquired) tokens.push(got.token);
        if (got.acquired && name === 'bob') await open().release(got.token);
      }
      expect(tokens).toHaveLength(3);
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
    });

    test('is confirmed under its own token, and no longer once it was taken over', async () => {
      const open = await openLock();
      const ann = holderOf('run-ann');
      const first = await open().acquire(ann, null);
      if (!first.acquired) throw new Error('the free lock was not given');
      expect(await open().confirm(first.token)).toBe(true);
      expect(await open().confirm(first.token + 1)).toBe(false);
      await open().acquire(holderOf('run-bob'), ann);
      expect(await open().confirm(first.token)).toBe(false);
    });

    test('is not released by a token that is not the holder’s', async () => {
      const open = await openLock();
      const ann = holderOf('run-ann');
      const first = await open().acquire(ann, null);
      const bob = holderOf('run-bob');
      const second = await open().acquire(bob, ann);
      if (!first.acquired || !second.acquired) throw new Error('the lock was not given');
      await open().release(first.token);
      expect(await open().inspect()).toEqual(bob);
      await open().release(second.token);
      expect(await open().inspect()).toBeNull();
    });

    test('lapses without a heartbeat: it is free, and the late heartbeat does not bring it back', async () => {
      const open = await openLock();
      const brief = open(40);
      const first = await brief.acquire(holderOf('run-ann'), null);
      if (!first.acquired) throw new Error('the free lock was not given');
      while ((await open().inspect()) !== null) await delay(10);
      expect(await brief.confirm(first.token)).toBe(false);
      const second = await open().acquire(holderOf('run-bob'), null);
      expect(second).toMatchObject({ acquired: true, tookOverFrom: null });
      if (second.acquired) expect(second.token).toBeGreaterThan(first.token);
    });

    test('has the lifetime that its newest heartbeat gave it', async () => {
      const open = await openLock();
      const first = await open(60_000).acquire(holderOf('run-ann'), null);
      if (!first.acquired) throw new Error('the free lock was not given');
      expect(await open(40).confirm(first.token)).toBe(true);
      while ((await open().inspect()) !== null) await delay(10);
    });
  });
}
