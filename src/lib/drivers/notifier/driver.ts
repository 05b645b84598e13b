/**
 * What Spillway needs of the places where people are told: a chat channel (Slack's incoming webhook) and a status page (Statuspage's API).
 *
 * Addresses of webhooks and keys are secrets: a driver takes them as functions, and they stand in no result, error or log.
 */

/** The states of an incident on the status page, in their usual order. */
export const statusPageStates = ['investigating', 'identified', 'monitoring', 'resolved'] as const;
export type StatusPageState = (typeof statusPageStates)[number];

/** A place that is configured. */
export type Destination =
  | { readonly to: 'slack'; readonly channel: string | null }
  | { readonly to: 'status-page'; readonly page: string; readonly host: string };

/** An incident as the status page has it. */
export interface StatusPageIncident {
  /** The status page's own id. */
  readonly id: string;
  readonly name: string;
  /** One of `statusPageStates`, or another word of the service (`postmortem`, `scheduled`). */
  readonly status: string;
  /** ISO-8601; null when the service does not say. */
  readonly updatedAt: string | null;
  /** Where people read it; null when the service does not say. */
  readonly link: string | null;
  /** Id of the Spillway incident that it was made for; null for one that was made by hand. */
  readonly incidentRef: string | null;
  /** The newest text. */
  readonly lastBody: string | null;
}

/** Which incident to look for: by Spillway's id where there is one, else by its exact name among the open ones. */
export interface StatusPageQuery {
  readonly incidentRef: string | null;
  readonly name: string | null;
}

/** Looks; sends nothing that anybody reads. */
export interface NotifierReader {
  /** The configured places. No I/O. */
  destinations(): readonly Destination[];
  /**
   * The incident of the status page that fits: one made for `incidentRef` in whatever state, else an open one of that name; null when none.
   * @throws SpillwayError `usage` when no status page is configured; `unreachable` (no answer within 5 s, or HTTP 5xx); `failed` (key refused, page unknown)
   */
  findStatusPageIncident(query: StatusPageQuery, signal?: AbortSignal): Promise<StatusPageIncident | null>;
}

/** What to put on the status page. */
export interface StatusPageUpdate {
  /** The status page's id of the incident to update; null creates one. */
  readonly existingId: string | null;
  readonly state: StatusPageState;
  readonly title: string;
  readonly body: string;
  /** Kept in the incident's metadata, so that later updates find it. */
  readonly incidentRef: string | null;
}

/** Tells people. What was sent cannot be taken back. */
export interface NotifierWriter {
  /**
   * Posts one message to the channel. `&`, `<` and `>` are escaped: the text cannot mention everybody or hide a link.
   * After `429` it waits as told (at most 10 s) and tries once more.
   * @throws SpillwayError `usage` (not configured), `unreachable` (nothing was sent), `failed` (refused, with the service's word),
   *   `unknown-outcome` (sent, and the answer did not come within 5 s)
   */
  slack(
    message: { readonly title: string | null; readonly text: string },
    signal?: AbortSignal,
  ): Promise<void>;
  /**
   * Creates or updates an incident on the status page and returns it.
   * @throws SpillwayError as `slack`
   */
  statusPage(update: StatusPageUpdate, signal?: AbortSignal): Promise<StatusPageIncident>;
}
