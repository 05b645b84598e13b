import { visible } from '../core/visible.ts';
import type { Incident } from '../incident/incident.ts';
import type { TimelineEntry } from '../incident/timeline.ts';
import type { RunHistory } from '../journal/history.ts';
import { counted, duration, labelled, moment, wrap } from './format.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** The incident as JSON shows it: its runs by id and outcome, not their whole journal. */
export function incidentSummary(incident: Incident) {
  const { runs, ...rest } = incident;
  return {
    ...rest,
    runs: runs.map(runSummary),
  };
}

/** A run without its steps and records, for documents. */
export function runSummary({ id, kind, name, status, startedAt, finishedAt, actor }: RunHistory) {
  return { id, kind, name, status, startedAt, finishedAt, actor };
}

export function renderIncidents(incidents: readonly Incident[], style: Style): string {
  if (incidents.length === 0)
    return 'No incident was ever opened for this target.\nNext:  spillway incident open "what is wrong"';
  const rows = incidents.map(({ id, state, severity, openedAt, title }) => [
    id,
    state === 'open' ? style.red(state) : state,
    severity,
    moment(openedAt),
    visible(title),
  ]);
  return table(
    [
      { title: 'Incident' },
      { title: 'State' },
      { title: 'Severity' },
      { title: 'Opened' },
      { title: 'Title' },
    ],
    rows,
  );
}

export function renderIncident(incident: Incident, style: Style): string {
  const { id, title, severity, state, openedAt, openedBy, closedAt, resolution, notes, runs } = incident;
  const lines = [
    style.bold(`${id}  ${visible(title)}`),
    `${state === 'open' ? style.red('open') : 'closed'}, severity ${severity}, opened ${moment(openedAt)} by ${visible(openedBy)}`,
  ];
  if (closedAt !== null) {
    const seconds = (Date.parse(closedAt) - Date.parse(openedAt)) / 1_000;
    lines.push(
      `closed ${moment(closedAt)}, after ${duration(seconds)}${resolution ? `: ${visible(resolution)}` : ''}`,
    );
  }
  if (runs.length > 0) {
    lines.push(
      '',
      table(
        [{ title: 'Run' }, { title: 'What' }, { title: 'Status' }, { title: 'Steps', align: 'right' }],
        runs.map((run) => [run.id, run.name, run.status, String(run.steps.length)]),
      ),
    );
  }
  if (notes.length > 0)
    lines.push(
      '',
      ...notes.map((note) => wrap(`${moment(note.at)}  ${visible(note.text)}  (${visible(note.by)})`, 80, 4)),
    );
  lines.push('', `Next:  spillway incident timeline ${id}`);
  return lines.join('\n');
}

/** The corrective actions in order: the time, the number that the procedure's source gives them, what was done, and what came out. Times are local. */
export function renderTimeline(incident: Incident, entries: readonly TimelineEntry[], style: Style): string {
  const { title, severity, openedAt, closedAt } = incident;
  const end = closedAt ?? entries.at(-1)?.at ?? openedAt;
  const seconds = (Date.parse(end) - Date.parse(openedAt)) / 1_000;
  const lines = [
    style.bold(`Incident ${incident.id}: ${visible(title)}`),
    `Severity ${severity}. From ${moment(openedAt)} to ${closedAt === null ? 'now, still open' : moment(closedAt)}:`,
    `${duration(seconds)}, ${counted(entries.length, 'entry', 'entries')}.`,
  ];
  let day = '';
  for (const entry of entries) {
    const [date = '', time = '', offset = ''] = moment(entry.at).split(' ');
    if (date !== day) lines.push('', style.dim(`${date} (local time, ${offset})`));
    day = date;
    const number = entry.action === null ? '    ' : `${String(entry.action).padStart(3)}.`;
    const text = entry.kind === 'failure' ? style.red(visible(entry.text)) : visible(entry.text);
    lines.push(`${time} ${number} ${wrap(text, 66).replaceAll('\n', `\n${' '.repeat(14)}`)}`);
    if (entry.result !== '') lines.push(style.dim(labelled('', visible(entry.result), 14)));
  }
  return lines.join('\n');
}
