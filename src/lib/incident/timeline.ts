import type { Step } from '../core/step.ts';
import type { JournalRecord } from '../journal/record.ts';
import type { Incident } from './incident.ts';

/** One line of the account of an incident. */
export interface TimelineEntry {
  /** ISO-8601. */
  readonly at: string;
  readonly by: string;
  readonly kind: 'incident' | 'note' | 'action' | 'skipped' | 'gate' | 'failure' | 'run';
  /** What was done, as the report of an incident would say it. */
  readonly text: string;
  /** What came out; empty when there is nothing to add. */
  readonly result: string;
  readonly runId: string | null;
  /** Number of the corrective action in the runbook's source; null for anything else. */
  readonly action: number | null;
}

/** The account of an incident, oldest first, read from the journal and from nothing else. */
export function timelineOf(incident: Incident, records: readonly JournalRecord[]): TimelineEntry[] {
  const runs = new Map(incident.runs.map((run) => [run.id, run]));
  const entries: TimelineEntry[] = [];
  for (const record of records) {
    const run = record.run === null ? undefined : runs.get(record.run);
    const isOurs = run !== undefined || record.body['incidentId'] === incident.id;
    const entry = isOurs ? entryOf(record, run?.kind ?? null, run?.steps ?? []) : null;
    if (entry !== null) entries.push(entry);
  }
  return entries;
}

function entryOf(
  record: JournalRecord,
  runKind: 'operation' | 'runbook' | 'undo' | null,
  steps: readonly Step[],
): TimelineEntry | null {
  const { body } = record;
  const at = { at: record.ts, by: record.actor, runId: record.run, action: null };
  switch (record.type) {
    case 'incident.opened':
      return {
        ...at,
        kind: 'incident',
        text: `Incident opened: ${String(body['title'])}`,
        result: `severity ${String(body['severity'])}`,
      };
    case 'incident.noted':
      return { ...at, kind: 'note', text: `Note: ${String(body['text'])}`, result: '' };
    case 'incident.closed':
      return { ...at, kind: 'incident', text: 'Incident closed', result: String(body['resolution'] ?? '') };
    case 'run.started':
      return runKind === 'runbook'
        ? { ...at, kind: 'run', text: `Runbook ${String(body['name'])} started`, result: '' }
        : null;
    case 'run.resumed':
      return { ...at, kind: 'run', text: 'Run resumed', result: '' };
    case 'run.ended':
      return endOf(record, runKind);
    case 'book.step':
      return bookStepOf(record);
    case 'book.note':
      return { ...at, kind: 'note', text: `Note: ${String(body['text'])}`, result: '' };
    case 'lock.taken-over':
      return { ...at, kind: 'note', text: 'Lock taken over from another run', result: '' };
    case 'step.ended':
      return runKind === 'operation' || runKind === 'undo' ? stepOf(record, runKind === 'undo', steps) : null;
    default:
      return null;
  }
}

function endOf(record: JournalRecord, runKind: string | null): TimelineEntry | null {
  const status = String(record.body['status']);
  if (status === 'done' && runKind !== 'runbook') return null;
  const failed = status === 'failed' || status === 'unknown';
  return {
    at: record.ts,
    by: record.actor,
    kind: failed ? 'failure' : 'run',
    text: `${runKind === 'runbook' ? 'Runbook' : 'Run'} ended: ${status}`,
    result: String(record.body['error'] ?? ''),
    runId: record.run,
    action: null,
  };
}

function bookStepOf(record: JournalRecord): TimelineEntry | null {
  const { body } = record;
  const status = String(body['status']);
  if (status === 'started') return null;
  const kinds: Readonly<Record<string, TimelineEntry['kind']>> = {
    skipped: 'skipped',
    gate: 'gate',
    failed: 'failure',
    unknown: 'failure',
    interrupted: 'failure',
  };
  const kind = kinds[status] ?? 'action';
  const action = body['reportAction'];
  return {
    at: record.ts,
    by: record.actor,
    kind,
    text:
      status === 'done' || status === 'gate' ? String(body['title']) : `${String(body['title'])} (${status})`,
    result: String(body['summary'] ?? ''),
    runId: record.run,
    action: typeof action === 'number' ? action : null,
  };
}

function stepOf(record: JournalRecord, undone: boolean, steps: readonly Step[]): TimelineEntry {
  const { body } = record;
  const status = String(body['status']);
  const change = steps.find((step) => step.id === body['stepId'])?.change;
  const words = change === undefined ? String(body['stepId']) : `${change.action} ${change.target}`;
  return {
    at: record.ts,
    by: record.actor,
    kind: status === 'done' ? 'action' : 'failure',
    text: `${undone ? 'Undo: ' : ''}${words}${status === 'done' ? '' : ` (${status})`}`,
    result: String(body['error'] ?? ''),
    runId: record.run,
    action: null,
  };
}
