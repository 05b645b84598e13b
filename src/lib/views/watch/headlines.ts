import { visible } from '../../core/visible.ts';
import type { Figure } from '../../operations/watch/figures.ts';
import { count, duration, moment, percent, perSecond } from '../format.ts';
import { sparkline } from '../sparkline.ts';
import type { WatchFrame } from './frame.ts';
import type { Line, Segment } from './line.ts';

/** As in `status`: above this many errors a second, and below this share of the expected deliveries, something is wrong. */
const noticeableErrors = 100;
const enoughDeliveries = 0.8;
/** From this share of the connections on, that they run out comes first. */
const nearlyFull = 0.8;

/** The lines that are always there, most important first: what is watched, incident, errors, deliveries, database, services. */
export function headlines(frame: WatchFrame, columns: number): Line[] {
  return [
    title(frame, columns),
    incidentLine(frame),
    errorsLine(frame, columns),
    deliveriesLine(frame, columns),
    databaseLine(frame, columns),
    servicesLine(frame),
  ];
}

function title({ target, at, intervalSeconds, screen }: WatchFrame, columns: number): Line {
  const paused: Segment[] = screen.paused ? [{ text: ' PAUSED ', look: 'yellow' }] : [];
  const window = `window ${seconds(screen.windowSeconds)}`;
  const name: Segment = { text: `${visible(target)} `, look: 'bold' };
  if (columns < 60) return [name, ...paused, { text: `${moment(at).slice(11, 19)} ${window}` }];
  const every = `every ${seconds(intervalSeconds)}`;
  return [{ text: 'watch ' }, name, ...paused, { text: ` ${moment(at)}   ${window}, ${every}` }];
}

function seconds(value: number): string {
  return value % 60 === 0 ? `${value / 60} min` : `${value} s`;
}

function incidentLine({ incident, journalFailure }: WatchFrame): Line {
  if (journalFailure !== null) return unknown('Incident', journalFailure);
  if (incident === null) return [label('Incident'), { text: 'none open' }];
  const { id, title: name, severity, openedAt } = incident;
  return [
    label('Incident'),
    { text: 'open', look: 'red' },
    { text: `  ${visible(name)} (${severity}, since ${moment(openedAt)}) ${id}` },
  ];
}

function errorsLine({ figures, intervalSeconds }: WatchFrame, columns: number): Line {
  const { errors } = figures;
  if (!errors.ok) return unknown('Errors', errors.reason);
  const { errorsPerSecond, writesPerSecond, series } = errors.value;
  return [
    label('Errors'),
    {
      text: rate(errorsPerSecond).padEnd(8),
      look: (errorsPerSecond ?? 0) > noticeableErrors ? 'red' : undefined,
    },
    { text: ` ${sparkline(series.slice(-sparkCells(columns)))}  ` },
    { text: `${rate(writesPerSecond)} writes to the error-log tables` },
    ...late(errors, intervalSeconds),
  ];
}

function deliveriesLine({ figures, intervalSeconds }: WatchFrame, columns: number): Line {
  const { deliveries } = figures;
  if (!deliveries.ok) return unknown('Delivered', deliveries.reason);
  const { deliveredPerSecond, failedPerSecond, expectedPerSecond, share, series } = deliveries.value;
  const low = share !== null && share < enoughDeliveries;
  const expected =
    share === null || expectedPerSecond === null
      ? ''
      : `${percent(share)} of the expected ${perSecond(expectedPerSecond)}; `;
  return [
    label('Delivered'),
    { text: rate(deliveredPerSecond).padEnd(8), look: low ? 'red' : undefined },
    { text: ` ${sparkline(series.slice(-sparkCells(columns)))}  ` },
    { text: expected, look: low ? 'red' : undefined },
    { text: `${rate(failedPerSecond)} fail` },
    ...late(deliveries, intervalSeconds),
  ];
}

function databaseLine({ figures, intervalSeconds }: WatchFrame, columns: number): Line {
  const { database } = figures;
  if (!database.ok) return unknown('Database', database.reason);
  const { activeSessions, waits, onErrorLog, idleInTransaction, hidden, connections } = database.value;
  const named = waits
    .slice(0, columns < 100 ? 2 : 4)
    .map((wait) => `${mean(wait.sessions)} ${waitName(wait.waitType, wait.waitEvent)}`);
  const waitingForLocks = waits.some((wait) => wait.waitType === 'Lock' && wait.sessions >= 1);
  const onLog = onErrorLog >= 0.5 ? `, ${mean(onErrorLog)} on the error log` : '';
  const taken =
    connections === null ? [] : [`${count(connections.used)}/${count(connections.most)} connections`];
  const full =
    connections !== null && connections.used >= nearlyFull * (connections.most - connections.reserved);
  const parts = [
    ...(full ? taken : []),
    `${mean(activeSessions)} active${onLog}${named.length === 0 ? '' : `: ${named.join(', ')}`}`,
    ...(idleInTransaction >= 0.5 ? [`${mean(idleInTransaction)} idle in transaction`] : []),
    ...(hidden >= 0.5 ? [`${mean(hidden)} hidden from this role`] : []),
    ...(full ? [] : taken),
  ];
  return [
    label('Database'),
    { text: parts.join('; '), look: full ? 'red' : waitingForLocks ? 'yellow' : undefined },
    ...late(database, intervalSeconds),
  ];
}

/** `LWLock WALWrite`, `on CPU`. */
export function waitName(waitType: string | null, waitEvent: string | null): string {
  return waitType === null ? 'on CPU' : visible(`${waitType} ${waitEvent ?? ''}`.trimEnd());
}

/** A mean number of sessions: `8`, `2.3`. */
export function mean(sessions: number): string {
  return sessions >= 10 || Number.isInteger(sessions) ? count(sessions) : sessions.toFixed(1);
}

function servicesLine({ figures }: WatchFrame): Line {
  const { services } = figures;
  if (!services.ok) return unknown('Services', services.reason);
  const all = services.value;
  if (all.length === 0) return [label('Services'), { text: 'none configured' }];
  const bad = all.filter((service) => service.healthy === false);
  const healthy = `${all.filter((service) => service.healthy === true).length} of ${all.length} healthy`;
  if (bad.length === 0) return [label('Services'), { text: healthy }];
  const named = bad.map((service) => `${visible(service.name)} (${visible(service.detail)})`).join(', ');
  return [label('Services'), { text: `${healthy}; NOT: ${named}`, look: 'red' }];
}

/** A rate, or that it takes a second reading. */
export function rate(value: number | null): string {
  return value === null ? '-' : perSecond(value);
}

export function unknown(name: string, reason: string): Line {
  return [label(name), { text: `NOT KNOWN: ${visible(reason)}`, look: 'red' }];
}

function label(name: string): Segment {
  return { text: name.padEnd(10) };
}

/** Says so when a store has not answered for a while. */
function late(figure: Extract<Figure<unknown>, { ok: true }>, intervalSeconds: number): Line {
  if (figure.ageSeconds < 2 * intervalSeconds + 2) return [];
  return [{ text: `  (no answer for ${duration(figure.ageSeconds)})`, look: 'yellow' }];
}

function sparkCells(columns: number): number {
  if (columns < 60) return 8;
  return Math.min(40, Math.max(12, Math.floor(columns / 5)));
}
