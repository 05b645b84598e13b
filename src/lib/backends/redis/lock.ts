import type { LockHolder, LockHome } from '../../core/lock.ts';
import type { RedisReader, RedisWriter } from './contract.ts';
import { luaScript } from './script.ts';

const acquireScript = luaScript('lock-acquire', 'write');
const confirmScript = luaScript('lock-confirm', 'write');
const releaseScript = luaScript('lock-release', 'write');

const lockKey = 'spillway:{lock}:holder';
const fenceKey = 'spillway:{lock}:fence';

/**
 * The target's lock in its own Redis: a hash that lapses without a heartbeat, and a counter that gives each holder a higher fencing token.
 * The handles are opened on first use. Errors as for RedisWriter.
 */
export function redisLock(reader: RedisReader, writer: RedisWriter, lifetimeMs = 20_000): LockHome {
  return {
    lifetimeMs,
    async acquire(holder, takeOver) {
      const reply = await writer.evaluate(
        acquireScript,
        [lockKey, fenceKey],
        [JSON.stringify(holder), lifetimeMs, takeOver === null ? '' : JSON.stringify(takeOver)],
      );
      const [acquired, token, other] = reply as [number, number, string];
      if (acquired === 0) return { acquired: false, holder: JSON.parse(other) as LockHolder };
      return { acquired: true, token, tookOverFrom: other === '' ? null : (JSON.parse(other) as LockHolder) };
    },
    async confirm(token) {
      return (await writer.evaluate(confirmScript, [lockKey], [token, lifetimeMs])) === 1;
    },
    async release(token) {
      await writer.evaluate(releaseScript, [lockKey], [token]);
    },
    async inspect() {
      const holder = await reader.call('hget', lockKey, 'holder');
      return typeof holder === 'string' ? (JSON.parse(holder) as LockHolder) : null;
    },
  };
}
