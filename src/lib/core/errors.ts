import type { JsonObject } from './json.ts';

/** What went wrong, in the words that JSON errors and exit codes use. */
export type ErrorCode =
  | 'failed'
  | 'usage'
  | 'refused'
  | 'check-failed'
  | 'stale-plan'
  | 'locked'
  | 'unreachable'
  | 'unknown-outcome'
  | 'interrupted';

/** Exit code for each error code; the same with and without `--json`. 0 is success. */
export const exitCodeOf: Readonly<Record<ErrorCode, number>> = {
  failed: 1,
  usage: 2,
  refused: 3,
  'check-failed': 4,
  'stale-plan': 5,
  locked: 6,
  unreachable: 7,
  'unknown-outcome': 8,
  interrupted: 130,
};

export interface SpillwayErrorOptions {
  /** Commands to type or things to do next, most useful first. */
  readonly suggestions?: readonly string[];
  /** Machine-readable facts (ids, counts); never a secret. */
  readonly details?: JsonObject;
  readonly cause?: unknown;
}

/**
 * Every error that Spillway raises on purpose. The message says what happened and why; the suggestions say what to type.
 * Anything else that reaches the top is a bug and exits 1.
 */
export class SpillwayError extends Error {
  override readonly name = 'SpillwayError';
  readonly code: ErrorCode;
  readonly suggestions: readonly string[];
  readonly details: JsonObject;

  constructor(code: ErrorCode, message: string, options: SpillwayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.suggestions = options.suggestions ?? [];
    this.details = options.details ?? {};
  }

  get exitCode(): number {
    return exitCodeOf[this.code];
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
