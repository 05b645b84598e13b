import { SpillwayError } from '../../core/errors.ts';
import type { RedisOptions, RedisReader, RedisWriter } from './contract.ts';
import { mayRead } from './read-commands.ts';
import type { LuaScript } from './script.ts';
import { RedisSession } from './session.ts';

/** Opens nothing yet; see RedisReader for what the handle promises. */
export function redisReader(options: RedisOptions): RedisReader {
  const session = new RedisSession(options, 'read');
  const allow = (command: string, firstArgument: unknown) => {
    if (!mayRead(command, firstArgument))
      throw new SpillwayError(
        'failed',
        `the reading connection does not send ${command.toUpperCase()}: it is not on the list of reading commands`,
      );
  };
  const allowScript = (script: LuaScript) => {
    if (script.access !== 'read')
      throw new SpillwayError(
        'failed',
        `the reading connection does not run the writing script ${script.name}`,
      );
  };
  return {
    address: session.address,
    async call(command, ...args) {
      allow(command, args[0]);
      return session.call(command, args, false);
    },
    async callBytes(command, ...args) {
      allow(command, args[0]);
      return session.call(command, args, true);
    },
    async evaluate(script, keys, args) {
      allowScript(script);
      return session.evaluate(script, keys, args, false);
    },
    async evaluateBytes(script, keys, args) {
      allowScript(script);
      return session.evaluate(script, keys, args, true);
    },
    close: () => session.close(),
  };
}

/** Opens nothing yet; see RedisWriter for what the handle promises. */
export function redisWriter(options: RedisOptions): RedisWriter {
  const session = new RedisSession(options, 'write');
  return {
    address: session.address,
    call: (command, ...args) => session.call(command, args, false),
    callBytes: (command, ...args) => session.call(command, args, true),
    evaluate: (script, keys, args) => session.evaluate(script, keys, args, false),
    evaluateBytes: (script, keys, args) => session.evaluate(script, keys, args, true),
    close: () => session.close(),
  };
}
