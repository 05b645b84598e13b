/** Who holds the lock of a target. */
export interface LockHolder {
  /** `user@host`. */
  readonly actor: string;
  readonly host: string;
  readonly pid: number;
  readonly runId: string;
  /** ISO-8601. */
  readonly since: string;
}

export type Acquired =
  | {
      readonly acquired: true /** Fencing token: grows with every acquisition. */;
      readonly token: number;
      readonly tookOverFrom: LockHolder | null;
    }
  | { readonly acquired: false; readonly holder: LockHolder };

/**
 * The lock of a target, kept beside what it protects: one holder at a time, lapses without a heartbeat (`lifetimeMs`), and can be taken over.
 * Losing it is noticed by `confirm`, which every step and every piece of a long step calls before it writes.
 */
export interface LockHome {
  /** How long the lock outlives its last heartbeat, in milliseconds. */
  readonly lifetimeMs: number;
  /** `takeOver` names the holder that may be replaced: a lock that has changed hands since is not taken. */
  acquire(holder: LockHolder, takeOver: LockHolder | null): Promise<Acquired>;
  /** The heartbeat. False when the lock is no longer held under this token. */
  confirm(token: number): Promise<boolean>;
  /** Gives the lock back if it is still held under this token. */
  release(token: number): Promise<void>;
  inspect(): Promise<LockHolder | null>;
}

/** Where it is held from, for messages. */
export function describeHolder(holder: LockHolder): string {
  return `${holder.actor} (process ${holder.pid} on ${holder.host}, run ${holder.runId}, since ${holder.since})`;
}
