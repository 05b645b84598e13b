import type { LuaScript } from './script.ts';

export type RedisArgument = string | number | Buffer;

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Replies as RESP2 shapes them: maps as flat arrays, doubles as text. */
export type RedisReply = string | number | Buffer | null | readonly RedisReply[];

/**
 * A handle that cannot write: only commands named in `readCommands` are sent, scripts only through EVAL_RO. One connection, nothing is ever resent.
 * Errors: SpillwayError `unreachable` (down, refused, password, time-out, BUSY, LOADING), `failed` (an error reply, with its text).
 */
export interface RedisReader {
  readonly address: RedisAddress;
  /** Text replies. */
  call(command: string, ...args: readonly RedisArgument[]): Promise<RedisReply>;
  /** The same with replies as bytes, for payloads that must stay exact. */
  callBytes(command: string, ...args: readonly RedisArgument[]): Promise<RedisReply>;
  /** A script with access `read`. */
  evaluate(script: LuaScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<RedisReply>;
  evaluateBytes(
    script: LuaScript,
    keys: readonly string[],
    args: readonly RedisArgument[],
  ): Promise<RedisReply>;
  close(): Promise<void>;
}

/**
 * A handle that writes; it is given to write contracts only. A command whose answer was lost is SpillwayError `unknown-outcome`: it may have been carried out.
 * Errors otherwise as for RedisReader; a connection that could not be made at all is `unreachable`, nothing was sent.
 */
export interface RedisWriter {
  readonly address: RedisAddress;
  call(command: string, ...args: readonly RedisArgument[]): Promise<RedisReply>;
  callBytes(command: string, ...args: readonly RedisArgument[]): Promise<RedisReply>;
  evaluate(script: LuaScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<RedisReply>;
  evaluateBytes(
    script: LuaScript,
    keys: readonly string[],
    args: readonly RedisArgument[],
  ): Promise<RedisReply>;
  close(): Promise<void>;
}

export interface RedisOptions {
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: (() => Promise<string>) | null;
  readonly database: number;
  readonly tls: boolean;
  /** Limits in milliseconds: for connecting and logging in, and for one command's answer. */
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
  /** Shown by CLIENT LIST. */
  readonly connectionName: string;
}
