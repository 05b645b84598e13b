import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { messageOf, SpillwayError } from '../../core/errors.ts';
import type { RedisAddress, RedisArgument, RedisOptions, RedisReply } from './contract.ts';
import { endpoint, isReply, translateReply, unreachable } from './errors.ts';
import type { LuaScript } from './script.ts';

/**
 * One lazily opened connection. Nothing is queued while it is down and nothing is resent after a reconnect: a pop whose reply was lost must not be sent twice.
 * `ioredis` is imported here, on first use, so that commands that never touch Redis do not pay for it.
 */
export class RedisSession {
  readonly address: RedisAddress;
  readonly #options: RedisOptions;
  readonly #intent: 'read' | 'write';
  #client: Promise<Redis> | null = null;
  /** The connection attempt that is under way. */
  #attempt: Redis | null = null;
  readonly #digests = new Map<string, string>();

  constructor(options: RedisOptions, intent: 'read' | 'write') {
    this.#options = options;
    this.#intent = intent;
    this.address = { host: options.host, port: options.port };
  }

  async call(command: string, args: readonly RedisArgument[], bytes: boolean): Promise<RedisReply> {
    const client = await this.#connect();
    try {
      return (await (bytes
        ? client.callBuffer(command, ...args)
        : client.call(command, ...args))) as RedisReply;
    } catch (error) {
      throw this.#translate(error);
    }
  }

  /** EVALSHA first, the text only where the server does not know it yet (NOSCRIPT means that nothing ran). */
  async evaluate(
    script: LuaScript,
    keys: readonly string[],
    args: readonly RedisArgument[],
    bytes: boolean,
  ): Promise<RedisReply> {
    const client = await this.#connect();
    const suffix = script.access === 'read' ? '_ro' : '';
    const send = (command: string, body: string) =>
      bytes
        ? client.callBuffer(command, body, keys.length, ...keys, ...args)
        : client.call(command, body, keys.length, ...keys, ...args);
    try {
      return (await send(`evalsha${suffix}`, this.#digest(script))) as RedisReply;
    } catch (error) {
      if (!isReply(error) || !messageOf(error).startsWith('NOSCRIPT')) throw this.#translate(error);
    }
    try {
      return (await send(`eval${suffix}`, script.source())) as RedisReply;
    } catch (error) {
      throw this.#translate(error);
    }
  }

  async close(): Promise<void> {
    const opening = this.#client;
    this.#client = null;
    if (opening === null) return;
    this.#attempt?.disconnect();
    const [opened] = await Promise.allSettled([opening]);
    if (opened?.status === 'fulfilled') opened.value.disconnect();
  }

  #connect(): Promise<Redis> {
    this.#client ??= this.#open().catch((error: unknown) => {
      this.#client = null;
      throw error;
    });
    return this.#client;
  }

  async #open(): Promise<Redis> {
    const { Redis } = await import('ioredis');
    const {
      host,
      port,
      username,
      password,
      database,
      tls,
      connectTimeoutMs,
      commandTimeoutMs,
      connectionName,
    } = this.#options;
    const client = new Redis({
      host,
      port,
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password: await password() }),
      ...(tls ? { tls: {} } : {}),
      protocol: 2,
      lazyConnect: true,
      connectTimeout: connectTimeoutMs,
      disconnectTimeout: 250,
      commandTimeout: commandTimeoutMs,
      connectionName,
      disableClientInfo: true,
      retryStrategy: null,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      enableReadyCheck: false,
    });
    this.#attempt = client;
    let firstError: unknown;
    client.on('error', (error: unknown) => {
      firstError ??= error;
    });
    client.on('end', () => {
      this.#client = null;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error('no answer to the connection attempt')),
        connectTimeoutMs + 250,
      );
    });
    try {
      // Selected here and not by the option `db`: of a database that does not exist, ioredis only emits an error and goes on in number 0.
      const ready = () => (database === 0 ? client.ping() : client.select(database));
      await Promise.race([client.connect().then(ready), late]);
    } catch (error) {
      // A server that says that it is busy or loading is connected: what it answers nevertheless (INFO while it loads) tells why; every other command gets the same refusal.
      if (isReply(error) && /^(BUSY|LOADING|MASTERDOWN)\b/.test(messageOf(error))) return client;
      // of a connection that has ended already, ioredis would wait for the end once more, and hold the program meanwhile
      if (client.status !== 'end') client.disconnect();
      const cause = isReply(error) ? error : (firstError ?? error);
      throw isReply(cause) ? translateReply(cause, this.address) : unreachable(cause, this.address);
    } finally {
      clearTimeout(timer);
      this.#attempt = null;
    }
    return client;
  }

  #digest(script: LuaScript): string {
    let digest = this.#digests.get(script.name);
    if (digest === undefined) {
      digest = createHash('sha1').update(script.source()).digest('hex');
      this.#digests.set(script.name, digest);
    }
    return digest;
  }

  /** The command was handed to the connection: a reply is an answer, anything else leaves a write unknown. */
  #translate(error: unknown): SpillwayError {
    if (isReply(error)) return translateReply(error, this.address);
    // Said by the client itself before it sends anything.
    const unsent = /isn't writeable/.test(messageOf(error));
    if (this.#intent === 'read' || unsent) return unreachable(error, this.address);
    return new SpillwayError(
      'unknown-outcome',
      `Redis at ${endpoint(this.address)}: the connection was lost or the answer is late (${messageOf(error)}); whether the change was made is not known.`,
      { details: { host: this.address.host, port: this.address.port }, cause: error },
    );
  }
}
