import type { RedisReader } from '../../../backends/redis/contract.ts';

/** A key space of up to so many keys is walked inside the reading script itself: some 2 ms. */
export const mostKeysToWalk = 20_000;

/** Names of the lists that fit the pattern, found by a cursor; used only where the key space is too large to be walked in one atom. */
export async function findLists(handle: RedisReader, pattern: string): Promise<string[]> {
  const names = new Set<string>();
  let cursor = '0';
  do {
    const reply = await handle.call('scan', cursor, 'match', pattern, 'count', 5_000, 'type', 'list');
    if (!Array.isArray(reply)) throw new TypeError('not the reply of SCAN');
    cursor = String(reply[0]);
    for (const name of Array.isArray(reply[1]) ? reply[1] : []) names.add(String(name));
  } while (cursor !== '0');
  return [...names];
}
