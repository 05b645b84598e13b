import type {
  ErrorColumn,
  ErrorLogCounters,
  ErrorLogLayout,
  ErrorLogPages,
  PagesRead,
  TailReading,
  TailRequest,
} from './error-log.ts';
import type {
  ActivationFilter,
  ActivationRecord,
  ActivationStatus,
  CanaryRecord,
  ClientRecord,
  ConversationFilter,
  ConversationRecord,
  ConversationStatus,
  ErrorLogSetting,
  InjectionState,
  Names,
  StatusChange,
  StatusOutcome,
  Switches,
  TableLabels,
  TargetIdentity,
} from './records.ts';

export type * from './error-log.ts';
export type * from './records.ts';

/**
 * What the operator's orchestrator says about itself: clients, conversations, activations, switches, and the tail of its error log.
 * Nothing here can write. Every call is one short statement or snapshot; it connects on first use.
 * Errors: SpillwayError `unreachable` (down, refused, password), `usage` (the mapping does not fit the database), `failed` (time-out, lock, missing privilege: names the grant).
 */
export interface OrchestratorReader {
  /** The tables as `schema.table`, for showing people what a plan will send. */
  readonly tables: TableLabels;
  /** All clients, or those with these ids, by id. Unknown ids are simply not in the answer. */
  clients(ids?: readonly number[]): Promise<ClientRecord[]>;
  conversations(filter: ConversationFilter): Promise<ConversationRecord[]>;
  activations(filter: ActivationFilter): Promise<ActivationRecord[]>;
  /** The switches as they are set now; one that was never set counts as `on` and `full`. */
  switches(): Promise<Switches>;
  /** Labels for ids found elsewhere (in a queue). */
  names(ids: {
    readonly clientIds?: readonly number[];
    readonly conversationIds?: readonly number[];
  }): Promise<Names>;
  /** Rows written to the error-log tables since the counters began, with the time of the reading by the server's clock. */
  errorLogCounters(): Promise<ErrorLogCounters>;
  /** The newest rows of the error log, counted by page and conversation; bounded cost. */
  errorLogTail(request: TailRequest): Promise<TailReading>;
  /** Tables, sizes and indexes of the error log; reads no row. */
  errorLogLayout(): Promise<ErrorLogLayout>;
  /** Lends a reader of single pages for one short snapshot. */
  errorLogPages<Result>(work: (pages: ErrorLogPages) => Promise<Result>): Promise<PagesRead<Result>>;
  /** Counts the rows of a few groups exactly: through an index this reads their rows, without one the whole log. Limited by the target's statement time-out. */
  errorLogExact(request: {
    readonly by: ErrorColumn;
    readonly groups: readonly string[];
    readonly sinceEpochSeconds: number;
  }): Promise<PagesRead<ReadonlyMap<string, number>>>;
  canaries(ids: readonly string[]): Promise<CanaryRecord[]>;
  identity(): Promise<TargetIdentity>;
}

/**
 * The changes of the orchestrator. The last guard stands in the SQL: a row that is not in its `from` state is never touched.
 * Every call is one transaction. A connection lost at COMMIT is SpillwayError `unknown-outcome`.
 */
export interface OrchestratorWriter {
  /** Throws `stale-plan`, with nothing changed, when the switch is not in state `from`. */
  setInjection(change: {
    readonly from: InjectionState;
    readonly to: InjectionState;
    readonly actor: string;
  }): Promise<void>;
  /** Throws `stale-plan`, with nothing changed, when the switch is not set to exactly `from`. */
  setErrorLog(change: {
    readonly from: ErrorLogSetting;
    readonly to: ErrorLogSetting;
    readonly actor: string;
  }): Promise<void>;
  /**
   * `refuse`: all or nothing, SpillwayError `stale-plan` names the rows that moved. `skip`: rows that moved are left alone and reported, the others change
   * (an activation that completed by itself must not keep the rest from being paused).
   */
  setActivationStatus(
    changes: readonly StatusChange<ActivationStatus>[],
    options: { readonly actor: string; readonly whenMoved: 'refuse' | 'skip' },
  ): Promise<StatusOutcome<ActivationStatus>>;
  /** As `setActivationStatus`. Activations of the conversation are not touched. */
  setConversationStatus(
    changes: readonly StatusChange<ConversationStatus>[],
    options: { readonly actor: string; readonly whenMoved: 'refuse' | 'skip' },
  ): Promise<StatusOutcome<ConversationStatus>>;
  /** Registers canaries before they are enqueued; a second call with the same ids adds nothing. Returns how many were new. */
  createCanaries(rows: readonly { readonly id: string; readonly channel: string }[]): Promise<number>;
}
