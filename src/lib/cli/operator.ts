import { hostname, userInfo } from 'node:os';
import type { Operator } from '../engine/environment.ts';

/** Who runs this process. SPILLWAY_ACTOR names the person where the account is shared. */
export function thisOperator(): Operator {
  const { env, pid } = process;
  const host = hostname();
  return {
    actor: env['SPILLWAY_ACTOR'] ?? `${userInfo().username}@${host}`,
    host,
    pid,
    isAlive(other) {
      try {
        process.kill(other, 0);
        return true;
      } catch (error) {
        // EPERM: it lives and belongs to somebody else.
        return (error as NodeJS.ErrnoException).code === 'EPERM';
      }
    },
  };
}
