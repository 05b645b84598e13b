import { createHash } from 'node:crypto';
import { jsonAnswer, type ServiceAnswer } from './context.ts';

interface IncidentUpdate {
  readonly id: string;
  readonly incident_id: string;
  readonly status: string;
  readonly body: string;
  readonly created_at: string;
}

interface PageIncident {
  readonly id: string;
  readonly page_id: string;
  name: string;
  status: string;
  impact: string;
  readonly created_at: string;
  updated_at: string;
  resolved_at: string | null;
  readonly shortlink: string;
  metadata: object;
  components: object;
  /** Newest first. */
  readonly incident_updates: IncidentUpdate[];
}

const route = /^\/v1\/pages\/([^/?]+)\/incidents(?:\/([^/?]+))?(?:\.json)?(?:\?.*)?$/;
const statuses = ['investigating', 'identified', 'monitoring', 'resolved'];

/** The incidents part of Statuspage's API (https://developer.statuspage.io/#tag/incidents), for real-time incidents. */
export class StatusPages {
  readonly #incidents: PageIncident[] = [];

  /** Answers one authenticated request: create, update, read one, list. */
  answer(method: string, path: string, body: string): ServiceAnswer {
    const [matched, page, id] = route.exec(path) ?? [];
    if (!matched || !page) return jsonAnswer(404, { error: 'Not found' });
    const onPage = this.#incidents.filter((incident) => incident.page_id === page);
    if (method === 'GET' && !id) return jsonAnswer(200, onPage.toReversed());
    if (method === 'POST' && !id) return this.#create(page, body);
    const incident = onPage.find((candidate) => candidate.id === id);
    if (!incident) return jsonAnswer(404, { error: 'Not found' });
    if (method === 'GET') return jsonAnswer(200, incident);
    return method === 'PATCH' || method === 'PUT'
      ? this.#update(incident, body)
      : jsonAnswer(405, { error: 'Not allowed' });
  }

  #create(page: string, body: string): ServiceAnswer {
    const given = readIncident(body);
    if (typeof given === 'string') return jsonAnswer(422, { error: [given] });
    if (!given.name) return jsonAnswer(422, { error: ["Name can't be blank"] });
    const now = new Date().toISOString();
    const id = shortId(`${page}:${this.#incidents.length}`);
    const incident: PageIncident = {
      id,
      page_id: page,
      name: given.name,
      status: given.status ?? 'investigating',
      impact: 'none',
      created_at: now,
      updated_at: now,
      resolved_at: null,
      shortlink: `https://stspg.example/${id}`,
      metadata: {},
      components: {},
      incident_updates: [],
    };
    this.#incidents.push(incident);
    apply(incident, given, now);
    return jsonAnswer(201, incident);
  }

  #update(incident: PageIncident, body: string): ServiceAnswer {
    const given = readIncident(body);
    if (typeof given === 'string') return jsonAnswer(422, { error: [given] });
    apply(incident, given, new Date().toISOString());
    return jsonAnswer(200, incident);
  }
}

interface GivenIncident {
  readonly name?: string;
  readonly status?: string;
  readonly body?: string;
  readonly impact?: string;
  readonly metadata?: object;
  readonly components?: object;
}

/** The `incident` object of a request, or what is wrong with it. */
function readIncident(body: string): GivenIncident | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return 'the body is not JSON';
    throw error;
  }
  const incident =
    typeof value === 'object' && value !== null && 'incident' in value ? value.incident : undefined;
  if (typeof incident !== 'object' || incident === null) return 'incident is missing';
  const {
    name,
    status,
    body: text,
    impact_override: impact,
    metadata,
    components,
  } = incident as Readonly<Record<string, unknown>>;
  if (status !== undefined && !(typeof status === 'string' && statuses.includes(status)))
    return 'Status is not included in the list';
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof status === 'string' ? { status } : {}),
    ...(typeof text === 'string' ? { body: text } : {}),
    ...(typeof impact === 'string' ? { impact } : {}),
    ...(typeof metadata === 'object' && metadata !== null ? { metadata } : {}),
    ...(typeof components === 'object' && components !== null ? { components } : {}),
  };
}

function apply(incident: PageIncident, given: GivenIncident, now: string): void {
  incident.name = given.name ?? incident.name;
  incident.status = given.status ?? incident.status;
  incident.impact = given.impact ?? incident.impact;
  incident.metadata = given.metadata ?? incident.metadata;
  incident.components = given.components ?? incident.components;
  incident.updated_at = now;
  if (incident.status === 'resolved') incident.resolved_at ??= now;
  incident.incident_updates.unshift({
    id: shortId(`${incident.id}:${incident.incident_updates.length}`),
    incident_id: incident.id,
    status: incident.status,
    body: given.body ?? '',
    created_at: now,
  });
}

function shortId(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
