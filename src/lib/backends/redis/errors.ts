import { messageOf, SpillwayError } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';
import type { RedisAddress } from './contract.ts';

/** Error replies that mean that the server cannot be used now, by their first word. */
const unavailable: Readonly<Record<string, string>> = {
  NOAUTH: 'it asks for a password and the target has none',
  WRONGPASS: 'the password was refused',
  LOADING: 'it is loading its data',
  BUSY: 'it is busy running a script',
  MASTERDOWN: 'its master is down',
};

/** What a script meets that the user may run, but not with what it does; the server gives it no word of its own. */
const deniedInScript = /^ERR The user executing the script can't (run|access)/;

const unavailableByText: readonly (readonly [RegExp, string])[] = [
  [/invalid password/i, 'the password was refused'],
  [/DB index is out of range/i, "the target's `redis.database` is out of range"],
];

export function endpoint(address: RedisAddress): string {
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

/** An error that the server sent as its reply: the command was refused as a whole, so nothing happened. */
export function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

/** An error reply in words. */
export function translateReply(error: unknown, address: RedisAddress): SpillwayError {
  const message = visible(messageOf(error));
  const word = /^[A-Z]+/.exec(message)?.[0] ?? '';
  const reason = unavailable[word] ?? unavailableByText.find(([pattern]) => pattern.test(message))?.[1];
  if (reason !== undefined) {
    return new SpillwayError('unreachable', `Redis at ${endpoint(address)}: ${reason}.`, {
      suggestions: [
        /password/.test(reason)
          ? "check the target's `redis.password` in spillway.yaml"
          : `redis-cli -h ${address.host} -p ${address.port} info   # what does it say?`,
      ],
      details: { reply: word, host: address.host, port: address.port },
    });
  }
  if (word === 'NOPERM' || deniedInScript.test(message)) {
    return new SpillwayError(
      'failed',
      `Redis at ${endpoint(address)}: the user lacks a permission: ${message}.`,
      {
        suggestions: ['acl setuser <user> +<command> ~<key pattern>   # as a Redis administrator'],
        details: { reply: word },
      },
    );
  }
  if (word === 'OOM') {
    return new SpillwayError(
      'failed',
      `Redis at ${endpoint(address)} is out of memory and refuses writes; nothing was changed.`,
      { details: { reply: word } },
    );
  }
  return new SpillwayError('failed', `Redis at ${endpoint(address)}: ${message}.`, {
    details: { reply: word },
  });
}

/** Nobody listens there; anything else may be a server that is too busy to answer. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}

/** The connection could not be made: nothing was sent. */
export function unreachable(error: unknown, address: RedisAddress): SpillwayError {
  return new SpillwayError(
    'unreachable',
    `Redis at ${endpoint(address)}: no answer (${visible(messageOf(error))}).`,
    {
      suggestions: [`redis-cli -h ${address.host} -p ${address.port} ping   # is it up?`],
      details: { host: address.host, port: address.port, refused: isRefusal(error) },
    },
  );
}
