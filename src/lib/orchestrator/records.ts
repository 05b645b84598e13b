/** Rows of the orchestrator as this program sees them. Times are ISO-8601 in UTC. Names come from outside: show them through `visible()`. */

export type ConversationStatus = 'active' | 'stopped';
export type ActivationStatus = 'scheduled' | 'injecting' | 'paused' | 'completed' | 'cancelled';
export type InjectionState = 'on' | 'off';
export type ErrorLogMode = 'full' | 'sample' | 'off';

export interface ClientRecord {
  readonly id: number;
  readonly name: string;
}

export interface ConversationRecord {
  readonly id: number;
  readonly name: string;
  readonly clientId: number;
  readonly client: string;
  readonly status: ConversationStatus;
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
}

export interface ActivationRecord {
  readonly id: number;
  readonly conversationId: number;
  readonly conversation: string;
  readonly clientId: number;
  readonly client: string;
  readonly status: ActivationStatus;
  /** Null for an open-ended activation (a transactional API). */
  readonly totalMessages: number | null;
  readonly injectedMessages: number;
  readonly activatedAt: string | null;
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
}

/** All conditions given must hold; an empty list of ids matches nothing. */
export interface ConversationFilter {
  readonly ids?: readonly number[];
  readonly clientIds?: readonly number[];
  readonly status?: ConversationStatus;
  readonly limit: number;
}

/** All conditions given must hold; an empty list matches nothing. */
export interface ActivationFilter {
  readonly ids?: readonly number[];
  readonly clientIds?: readonly number[];
  readonly conversationIds?: readonly number[];
  readonly statuses?: readonly ActivationStatus[];
  readonly limit: number;
}

/** What is written into the error-log switch. `sampleEvery` N keeps 1 of N errors; only with mode `sample`. */
export interface ErrorLogSetting {
  readonly mode: ErrorLogMode;
  readonly sampleEvery: number | null;
  /** From then on the setting counts as `full`; null with mode `full`. */
  readonly expiresAt: string | null;
}

export interface InjectionSwitch {
  readonly state: InjectionState;
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
}

export interface ErrorLogSwitch extends ErrorLogSetting {
  /** The mode that the workers obey now: `full` when the setting has expired, by the server's clock. */
  readonly effectiveMode: ErrorLogMode;
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
}

export interface Switches {
  readonly injection: InjectionSwitch;
  readonly errorLog: ErrorLogSwitch;
}

/** Labels by id; an id that does not exist is not in the map. */
export interface Names {
  readonly clients: ReadonlyMap<number, string>;
  readonly conversations: ReadonlyMap<
    number,
    { readonly name: string; readonly clientId: number; readonly client: string }
  >;
}

export interface CanaryRecord {
  readonly id: string;
  readonly channel: string;
  readonly sentAt: string;
  readonly deliveredAt: string | null;
}

export interface TargetIdentity {
  /** `system_identifier` of the cluster as decimal text; null where the role or the service does not allow to see it. */
  readonly systemIdentifier: string | null;
  readonly database: string;
  readonly user: string;
  /** `server_version`, e.g. `15.14`. */
  readonly version: string;
  /** `server_version_num`, e.g. 150014. */
  readonly versionNumber: number;
  /** A standby cannot be written, and its statistics are its own. */
  readonly standby: boolean;
}

/** A row that goes from one of the states `from` to the state `to`. */
export interface StatusChange<Status extends string> {
  readonly id: number;
  readonly from: readonly Status[];
  readonly to: Status;
}

/** What really happened, row by row. `found` is null for a row that does not exist. */
export interface StatusOutcome<Status extends string> {
  readonly changed: readonly { readonly id: number; readonly from: Status; readonly to: Status }[];
  readonly unchanged: readonly { readonly id: number; readonly found: Status | null }[];
}

/** `schema.table` of each mapped table; for people, never put into a statement. */
export interface TableLabels {
  readonly clients: string;
  readonly conversations: string;
  readonly activations: string;
  readonly errorLog: string;
  readonly errorTotals: string;
  readonly settings: string;
  readonly canaries: string;
}
