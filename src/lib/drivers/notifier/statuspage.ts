import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { SpillwayError } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';
import type { StatusPageIncident, StatusPageQuery, StatusPageUpdate } from './driver.ts';
import { exchange, type NotifierResponse } from './request.ts';

export interface StatuspageOptions {
  /** Origin of the API, `https://api.statuspage.io`. */
  readonly url: string;
  readonly page: string;
  /** API key: a secret, read when it is needed. */
  readonly key: () => Promise<string>;
  /** Components shown as affected while the incident is open. */
  readonly components: readonly string[];
  readonly clock: Clock;
  readonly timeoutMs: number;
}

const incidentSchema = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  updated_at: z.string().nullish(),
  shortlink: z.string().nullish(),
  metadata: z
    .object({ spillway: z.object({ incident: z.string() }).optional().catch(undefined) })
    .nullish()
    .catch(null),
  incident_updates: z.array(z.object({ body: z.string().nullish() })).nullish(),
});

const over = new Set(['resolved', 'postmortem', 'completed']);
const longestWaitSeconds = 10;

/** The newest fitting incident of the page: GET /v1/pages/{page}/incidents (newest first); see NotifierReader.findStatusPageIncident. */
export async function findIncident(
  options: StatuspageOptions,
  query: StatusPageQuery,
  signal?: AbortSignal,
): Promise<StatusPageIncident | null> {
  const response = await call(options, 'GET', '?limit=100', null, signal);
  const parsed = z.array(incidentSchema).safeParse(jsonOf(response));
  if (!parsed.success) throw notUnderstood();
  const incidents = parsed.data.map(fromApi);
  const own = incidents.find((one) => query.incidentRef !== null && one.incidentRef === query.incidentRef);
  if (own !== undefined) return own;
  // one that was made by hand, or on a page that keeps no metadata; never one that belongs to another Spillway incident
  return (
    incidents.find(
      (one) =>
        one.name === query.name &&
        !over.has(one.status) &&
        (one.incidentRef === null || query.incidentRef === null),
    ) ?? null
  );
}

/** POST /v1/pages/{page}/incidents, or PATCH …/{id}; see NotifierWriter.statusPage. Body: `{incident: {name, status, body, components, metadata}}`. */
export async function sendUpdate(
  options: StatuspageOptions,
  update: StatusPageUpdate,
  signal?: AbortSignal,
): Promise<StatusPageIncident> {
  const componentStatus = update.state === 'resolved' ? 'operational' : 'degraded_performance';
  const incident = {
    name: visible(update.title),
    status: update.state,
    body: visible(update.body, { multiline: true }),
    ...(options.components.length === 0
      ? {}
      : {
          component_ids: options.components,
          components: Object.fromEntries(options.components.map((id) => [id, componentStatus])),
        }),
    // top-level members of the metadata must be objects
    ...(update.incidentRef === null ? {} : { metadata: { spillway: { incident: update.incidentRef } } }),
  };
  const path = update.existingId === null ? '' : `/${encodeURIComponent(update.existingId)}`;
  const method = update.existingId === null ? 'POST' : 'PATCH';
  const response = await call(options, method, path, JSON.stringify({ incident }), signal);
  const parsed = incidentSchema.safeParse(jsonOf(response));
  if (!parsed.success) throw notUnderstood();
  return fromApi(parsed.data);
}

async function call(
  options: StatuspageOptions,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body: string | null,
  signal?: AbortSignal,
): Promise<NotifierResponse> {
  const url = URL.parse(`/v1/pages/${encodeURIComponent(options.page)}/incidents${path}`, options.url);
  if (url === null) throw new SpillwayError('usage', '`notify.statuspage.url` of the target is not a URL.');
  const headers = { authorization: `OAuth ${(await options.key()).trim()}`, accept: 'application/json' };
  const send = () =>
    exchange({
      method,
      url,
      service: 'the status page',
      headers,
      body,
      timeoutMs: options.timeoutMs,
      signal,
    });
  let response = await send();
  // Statuspage limits a key to one request a second and answers 420 or 429 beyond
  if (isLimited(response) && (response.retryAfterSeconds ?? 1) <= longestWaitSeconds) {
    await options.clock.sleep((response.retryAfterSeconds ?? 1) * 1_000, signal);
    response = await send();
  }
  if (response.status === 200 || response.status === 201) return response;
  throw refused(options, response, method);
}

function refused(
  options: StatuspageOptions,
  response: NotifierResponse,
  method: 'GET' | 'POST' | 'PATCH',
): SpillwayError {
  const { status } = response;
  const details = { status };
  if (status === 401 || status === 403) {
    return new SpillwayError('failed', `The status page does not accept the key (${status}).`, {
      suggestions: ["check the target's `notify.statuspage.key`"],
      details,
    });
  }
  if (status === 404) {
    return new SpillwayError(
      'failed',
      `The status page knows no page or incident at ${visible(options.page)} (404).`,
      {
        suggestions: ["check the target's `notify.statuspage.page`"],
        details,
      },
    );
  }
  if (isLimited(response)) {
    return new SpillwayError('failed', `The status page takes no more requests for now (${status}).`, {
      suggestions: [`try again in ${response.retryAfterSeconds ?? 60} s`],
      details,
    });
  }
  if (status >= 500 && method === 'GET') {
    return new SpillwayError('unreachable', `The status page answers ${status}.`, { details });
  }
  if (status === 502 || status === 504) {
    return new SpillwayError('unknown-outcome', `A gateway before the status page gave up (${status}).`, {
      suggestions: ['look at the status page before sending it again'],
      details,
    });
  }
  return new SpillwayError(
    'failed',
    `The status page refused the update: ${status} ${visible(response.body.trim()).slice(0, 200)}`.trim(),
    { details },
  );
}

function isLimited(response: NotifierResponse): boolean {
  return response.status === 429 || response.status === 420;
}

function jsonOf(response: NotifierResponse): unknown {
  try {
    return JSON.parse(response.body);
  } catch (error) {
    throw new SpillwayError('failed', 'The status page did not answer in JSON.', { cause: error });
  }
}

function notUnderstood(): SpillwayError {
  return new SpillwayError('failed', 'The status page gave an answer that is not of Statuspage’s API.', {
    suggestions: ["check the target's `notify.statuspage.url`"],
  });
}

function fromApi(incident: z.output<typeof incidentSchema>): StatusPageIncident {
  return {
    id: incident.id,
    name: incident.name,
    status: incident.status,
    updatedAt: incident.updated_at ?? null,
    link: incident.shortlink ?? null,
    incidentRef: incident.metadata?.spillway?.incident ?? null,
    lastBody: incident.incident_updates?.[0]?.body ?? null,
  };
}
