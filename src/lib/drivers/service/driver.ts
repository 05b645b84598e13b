/**
 * What Spillway needs of the thing that runs the orchestrator's services (an init system, a container platform, a script).
 *
 * A driver answers for a fixed, ordered set of services that the target's configuration names. Reading never changes a service.
 * Every text that comes from a service or a child process is returned with its control characters made visible and its length bounded.
 */

/** One service as it was when looked at. */
export interface ServiceState {
  readonly name: string;
  /** Place in the configured restart order, from 1. */
  readonly order: number;
  /** True when its health check answered 200 in time; false when not; null when no health check is configured. */
  readonly healthy: boolean | null;
  /** What was seen, for people: `200 in 4 ms`, `connection refused`, `no health check configured`. */
  readonly detail: string;
  /** ISO-8601 with offset. */
  readonly checkedAt: string;
  /** How long the service may take to be healthy after a restart, in milliseconds. */
  readonly healthyWithinMs: number;
  /** The restart command as it would be run (argv), for people; empty where the driver has no command. */
  readonly restartCommand: readonly string[];
}

/** Looks at services. */
export interface ServiceReader {
  /**
   * The state of every configured service in restart order. The checks run side by side; one that does not answer within 2 s is unhealthy, never an error.
   * @throws the signal's reason when it is aborted
   */
  list(signal?: AbortSignal): Promise<readonly ServiceState[]>;
  /**
   * The state of one service.
   * @throws SpillwayError `usage` for a name that is not configured, with the nearest ones
   */
  check(name: string, signal?: AbortSignal): Promise<ServiceState>;
}

/** What a restart command answered. */
export interface RestartOutcome {
  readonly durationMs: number;
  /** The end of what the command printed (both streams), bounded and made visible; empty when it printed nothing. */
  readonly output: string;
}

/** Changes services. */
export interface ServiceWriter {
  /**
   * Restarts one service and returns when the restart command has ended; it does not wait for the service to be healthy: that is the operation's work.
   * Restarting twice is harmless but for the second interruption.
   * @throws SpillwayError `usage` for a name that is not configured; `failed` when the command cannot be started or ends with another code than 0;
   *   `unknown-outcome` when it did not end within its limit and was ended, or was aborted while it ran
   */
  restart(name: string, signal?: AbortSignal): Promise<RestartOutcome>;
}
