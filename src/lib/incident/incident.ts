import { SpillwayError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { type RunHistory, runsOf } from '../journal/history.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalRecord } from '../journal/record.ts';

export type Severity = 'critical' | 'high' | 'medium' | 'low';
export const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** An incident as the journal tells it. */
export interface Incident {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly state: 'open' | 'closed';
  /** ISO-8601. */
  readonly openedAt: string;
  readonly openedBy: string;
  readonly closedAt: string | null;
  readonly resolution: string | null;
  readonly notes: readonly { readonly at: string; readonly by: string; readonly text: string }[];
  readonly runs: readonly RunHistory[];
}

/** Every incident of the journal, oldest first. */
export function incidentsOf(records: readonly JournalRecord[]): Incident[] {
  const runs = runsOf(records);
  const incidents = new Map<string, Incident>();
  for (const record of records) {
    const id = record.body['incidentId'];
    if (typeof id !== 'string') continue;
    if (record.type === 'incident.opened') {
      incidents.set(id, {
        id,
        title: String(record.body['title']),
        severity: record.body['severity'] as Severity,
        state: 'open',
        openedAt: record.ts,
        openedBy: record.actor,
        closedAt: null,
        resolution: null,
        notes: [],
        runs: runs.filter((run) => run.incidentId === id),
      });
      continue;
    }
    const incident = incidents.get(id);
    if (incident === undefined) continue;
    if (record.type === 'incident.noted') {
      incidents.set(id, {
        ...incident,
        notes: [...incident.notes, { at: record.ts, by: record.actor, text: String(record.body['text']) }],
      });
    } else if (record.type === 'incident.closed') {
      incidents.set(id, {
        ...incident,
        state: 'closed',
        closedAt: record.ts,
        resolution: String(record.body['resolution'] ?? ''),
      });
    }
  }
  return [...incidents.values()];
}

/** The newest open incident, or null. */
export function openIncidentOf(records: readonly JournalRecord[]): Incident | null {
  return incidentsOf(records).findLast((incident) => incident.state === 'open') ?? null;
}

/** The incident with this id, or the newest (open first) when none is named. Throws SpillwayError `usage`. */
export function chooseIncident(records: readonly JournalRecord[], id: string | null): Incident {
  const incidents = incidentsOf(records);
  if (id === null) {
    const newest = openIncidentOf(records) ?? incidents.at(-1);
    if (newest === undefined)
      throw new SpillwayError('usage', 'no incident was ever opened for this target.', {
        suggestions: ['spillway incident open "what is wrong"'],
      });
    return newest;
  }
  const found = incidents.find((incident) => incident.id === id);
  if (found === undefined) {
    const ids = incidents.map((incident) => incident.id);
    throw new SpillwayError(
      'usage',
      `there is no incident "${id}"; ${ids.length === 0 ? 'none was ever opened' : `there is ${ids.join(', ')}`}.`,
      {
        suggestions: nearest(id, ids).map((one) => `spillway incident show ${one}`),
      },
    );
  }
  return found;
}

/** Opens an incident and returns its id. */
export async function openIncident(
  journal: Journal,
  incident: { readonly id: string; readonly title: string; readonly severity: Severity },
): Promise<string> {
  const { id, title, severity } = incident;
  await journal.append({
    type: 'incident.opened',
    run: null,
    op: null,
    body: { incidentId: id, title, severity },
  });
  return id;
}

export async function noteIncident(journal: Journal, incidentId: string, text: string): Promise<void> {
  await journal.append({ type: 'incident.noted', run: null, op: null, body: { incidentId, text } });
}

/** Throws SpillwayError `refused` for an incident that is closed already. */
export async function closeIncident(journal: Journal, incident: Incident, resolution: string): Promise<void> {
  if (incident.state === 'closed')
    throw new SpillwayError(
      'refused',
      `incident ${incident.id} was closed at ${incident.closedAt ?? ''} already.`,
    );
  await journal.append({
    type: 'incident.closed',
    run: null,
    op: null,
    body: { incidentId: incident.id, resolution },
  });
}
