import type { LockHolder } from '../core/lock.ts';
import { describeHolder } from '../core/lock.ts';
import { visible } from '../core/visible.ts';
import type { Incident } from '../incident/incident.ts';
import type { RunHistory } from '../journal/history.ts';
import type { HeldBack, Part, QueueStatus, StatusData } from '../operations/status/show.ts';
import { count, counted, labelled, moment, percent, perSecond } from './format.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** What the screen shows beside the measured parts. */
export interface StatusFrame {
  readonly target: string;
  readonly origin: string;
  readonly summary: string;
  readonly incident: Incident | null;
  readonly unfinished: RunHistory | null;
  readonly lock: LockHolder | null;
  /** The lock is that of a process of this machine which is gone. */
  readonly abandoned: boolean;
}

/** One screen: the answer, what is held back and by whom, the queues, the database, the services, and the next command. */
export function renderStatus(frame: StatusFrame, data: StatusData, style: Style): string {
  const { target, summary, incident, lock, unfinished } = frame;
  const lines = [
    style.bold(`${target}: ${summary}`),
    incident === null
      ? 'Incident    none open'
      : `Incident    ${style.red('open')}  ${incident.id}  ${visible(incident.title)} (${incident.severity}, since ${moment(incident.openedAt)})`,
    ...(lock === null
      ? []
      : [labelled('Lock', `${describeHolder(lock)}${frame.abandoned ? '; that process is gone' : ''}`)]),
    ...(unfinished === null
      ? []
      : [
          labelled(
            'Unfinished',
            `${style.yellow(unfinished.id)}  ${visible(unfinished.name)} (since ${moment(unfinished.startedAt)} by ${visible(unfinished.actor)})`,
          ),
        ]),
    ...heldBackLines(data.heldBack, style),
    '',
    ...queueLines(data, style),
    ...databaseLines(data, style),
    ...serviceLines(data, style),
    '',
    `Next:  ${nextCommand(frame, data)}`,
  ];
  return lines.join('\n');
}

/** The next sensible command: finish what was begun, else find the cause, else the culprits, else clear what is left behind. */
export function nextCommand(frame: StatusFrame, data: StatusData): string {
  const { unfinished, incident } = frame;
  if (unfinished !== null)
    return `spillway runbook resume ${unfinished.id}   # it did not end: ${unfinished.status}`;
  if (!data.queues.ok) return 'spillway database health   # Redis does not answer';
  if (!data.database.ok) return 'spillway volume   # Postgres does not answer';
  if (data.database.value.errorsPerSecond > 100) return 'spillway errors top   # who writes the errors';
  if (data.services.ok && data.services.value.some((service) => service.healthy === false))
    return 'spillway services list';
  const left = data.heldBack.ok ? leftBehind(data.heldBack.value) : null;
  if (left !== null) return left;
  if (incident !== null) return `spillway incident close ${incident.id} --resolution "…"`;
  return 'spillway volume';
}

function leftBehind({ switches, pausedActivations, stoppedConversations }: HeldBack): string | null {
  if (switches.injection.state === 'off')
    return 'spillway activations resume --all   # injection is switched off';
  if (switches.errorLog.effectiveMode !== 'full')
    return 'spillway errors log --full   # the error log is not written in full';
  const [activation] = pausedActivations;
  if (activation !== undefined)
    return `spillway activations resume --conversation ${activation.conversationId}`;
  const [conversation] = stoppedConversations;
  return conversation === undefined ? null : `spillway conversations show ${conversation.id}   # stopped`;
}

function heldBackLines(part: Part<HeldBack>, style: Style): string[] {
  if (!part.ok) return unavailable('Held back', part.reason, style);
  const { switches, stoppedConversations, pausedActivations } = part.value;
  const { injection, errorLog } = switches;
  const by = (row: { readonly updatedBy: string | null; readonly updatedAt: string | null }) =>
    `by ${visible(row.updatedBy ?? 'unknown')}${row.updatedAt === null ? '' : ` at ${moment(row.updatedAt)}`}`;
  const lines: string[] = [];
  if (injection.state === 'off') lines.push(`Injection   ${style.yellow('OFF')} ${by(injection)}`);
  if (errorLog.effectiveMode !== 'full') {
    const mode = errorLog.effectiveMode === 'sample' ? `1 in ${errorLog.sampleEvery ?? '?'}` : 'OFF';
    lines.push(
      `Error log   ${style.yellow(mode)} ${by(errorLog)}, until ${errorLog.expiresAt === null ? 'changed' : moment(errorLog.expiresAt)}`,
    );
  }
  if (stoppedConversations.length > 0)
    lines.push(
      labelled(
        'Stopped',
        `${style.yellow(counted(stoppedConversations.length, 'conversation'))}: ${listed(stoppedConversations.map((row) => `${row.id} (${by(row)})`))}`,
      ),
    );
  if (pausedActivations.length > 0)
    lines.push(
      labelled(
        'Paused',
        `${style.yellow(counted(pausedActivations.length, 'activation'))}: ${listed(pausedActivations.map((row) => `${row.id} (${by(row)})`))}`,
      ),
    );
  return lines.length > 0
    ? lines
    : ['Held back   nothing: injection is on, the error log is full, no conversation is stopped'];
}

function listed(words: readonly string[]): string {
  return words.length > 4 ? `${words.slice(0, 4).join(', ')}, … ${words.length - 4} more` : words.join(', ');
}

function queueLines({ queues, expectedDeliveriesPerSecond }: StatusData, style: Style): string[] {
  if (!queues.ok) return unavailable('Queues', queues.reason, style);
  const total = (pick: (queue: QueueStatus) => number) =>
    queues.value.reduce((sum, queue) => sum + pick(queue), 0);
  const row = (name: string, pick: (of: (queue: QueueStatus) => number) => number) => [
    name,
    count(pick((queue) => queue.waiting)),
    count(pick((queue) => queue.processing)),
    perSecond(pick((queue) => queue.deliveredPerSecond)),
    perSecond(pick((queue) => queue.failedPerSecond)),
    count(pick((queue) => queue.quarantined)),
    count(pick((queue) => queue.archived)),
  ];
  const rows = [...queues.value.map((queue) => row(queue.channel, (of) => of(queue))), row('all', total)];
  const columns = ['Waiting', 'In work', 'Delivered', 'Failed', 'Quarantined', 'Archived'].map((title) => ({
    title,
    align: 'right' as const,
  }));
  const lines = [table([{ title: 'Queue' }, ...columns], rows)];
  if (expectedDeliveriesPerSecond !== null) {
    const share = total((queue) => queue.deliveredPerSecond) / expectedDeliveriesPerSecond;
    const text = `Delivered   ${percent(share)} of the expected ${perSecond(expectedDeliveriesPerSecond)}`;
    lines.push(share < 0.8 ? style.red(text) : text);
  }
  return lines;
}

function databaseLines({ database }: StatusData, style: Style): string[] {
  if (!database.ok) return unavailable('Database', database.reason, style);
  const {
    errorsPerSecond,
    errorWritesPerSecond,
    activeSessions,
    waitingForLocks,
    connectionsUsed,
    connectionsMost,
  } = database.value;
  const errors = `${perSecond(errorsPerSecond)} errors (${perSecond(errorWritesPerSecond)} writes to the error-log tables)`;
  return [
    `Error rate  ${errorsPerSecond > 100 ? style.red(errors) : errors}`,
    `Database    ${counted(activeSessions, 'active session')}, ${count(waitingForLocks)} waiting for a lock; ${count(connectionsUsed)} of ${count(connectionsMost)} connections used`,
  ];
}

function serviceLines({ services }: StatusData, style: Style): string[] {
  if (!services.ok) return unavailable('Services', services.reason, style);
  const unhealthy = services.value.filter((service) => service.healthy === false);
  if (services.value.length === 0) return ['Services    none configured'];
  if (unhealthy.length === 0)
    return [`Services    ${services.value.length} of ${services.value.length} healthy`];
  return [
    labelled(
      'Services',
      `${style.red(`${unhealthy.length} of ${services.value.length} NOT healthy`)}: ${unhealthy.map((service) => `${visible(service.name)} (${visible(service.detail)})`).join(', ')}`,
    ),
  ];
}

function unavailable(label: string, reason: string, style: Style): string[] {
  return [style.red(labelled(label, `NOT KNOWN: ${visible(reason)}`))];
}
