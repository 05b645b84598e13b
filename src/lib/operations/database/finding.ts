import { visible } from '../../core/visible.ts';
import type { ArchiverState } from '../../orchestrator/server-views.ts';
import type { Measured } from './measure.ts';
import { isUnavailable } from './view.ts';

/** Below this many errors a second nobody calls it a storm; then the rate is not what stands out. */
const noticeableErrorsPerSecond = 20;

/** What stands out, in one sentence, the most telling first; says so when it could not see everything. */
export function findingOf(measured: Measured): string {
  const parts = [
    errorLogPart(measured),
    waitPart(measured),
    blockingPart(measured),
    connectionPart(measured),
    ...pressureParts(measured),
  ];
  const said = parts.filter((part) => part !== null);
  if (said.length > 0) return `${capital(said.join('; '))}.`;
  // what this version does not have cannot hide anything
  const { io: _, ...expected } = measured;
  const unseen = Object.values(expected).filter((view) => isUnavailable(view)).length;
  return unseen === 0
    ? 'Nothing stands out: no locks are waited for, and the error log is quiet.'
    : `Nothing stands out in what could be seen; ${unseen} of the views ${unseen === 1 ? 'is' : 'are'} unavailable.`;
}

function errorLogPart({ errorLog, statements }: Measured): string | null {
  if (isUnavailable(errorLog) || errorLog.errorsPerSecond < noticeableErrorsPerSecond) return null;
  const takes = `the error log takes ${rounded(errorLog.errorsPerSecond)} inserts/s`;
  if (isUnavailable(statements) || statements.errorLogCost.share < 0.01) return takes;
  const { share, msPerError } = statements.errorLogCost;
  const each = msPerError === null ? '' : ` (${msPerError.toFixed(msPerError < 10 ? 1 : 0)} ms an error)`;
  return `${takes}, and statements on its tables ${(share * 100).toFixed(0)} % of the database's time${each}`;
}

function waitPart({ sessions }: Measured): string | null {
  if (isUnavailable(sessions) || sessions.active < 2) return null;
  const waiting = sessions.groups.filter((group) => group.state === 'active' && group.waitType !== null);
  const [most] = waiting;
  const total = waiting.reduce((sum, group) => sum + group.sessions, 0);
  if (most === undefined || total < 0.5 * sessions.active) return null;
  const event = `${most.waitType} ${most.waitEvent ?? ''}`.trimEnd();
  return `${rounded(total)} of ${rounded(sessions.active)} active sessions wait, most of them on ${event}`;
}

/** Blockers come and go in every busy database; one that stays is worth a name. */
const lastingSeconds = 1;

function blockingPart({ blocking }: Measured): string | null {
  if (isUnavailable(blocking)) return null;
  const root = blocking.roots.find(
    (one) => one.blocks > 0 && (one.session.transactionSeconds ?? lastingSeconds) >= lastingSeconds,
  );
  if (root === undefined) return null;
  const { pid, state, transactionSeconds } = root.session;
  const since =
    transactionSeconds === null
      ? ''
      : ` for ${transactionSeconds.toFixed(transactionSeconds < 10 ? 1 : 0)} s`;
  return `pid ${pid} (${state ?? 'state unknown'}, in its transaction${since}) blocks ${root.blocks} ${root.blocks === 1 ? 'session' : 'sessions'}`;
}

function connectionPart({ connections }: Measured): string | null {
  if (isUnavailable(connections)) return null;
  const { used, most, reserved } = connections;
  return used < 0.9 * (most - reserved) ? null : `${used} of ${most - reserved} connections are taken`;
}

/** Replicas and a disk that fill up are noticed late, and then everything stops. */
function pressureParts({ server, walFiles, archiver, slots, replication, vacuum }: Measured): string[] {
  const parts: string[] = [];
  const standby = !isUnavailable(server) && server.standby;
  if (standby) parts.push('this is a hot standby: its own counters only');
  if (!isUnavailable(walFiles) && walFiles.bytes > 2 * walFiles.softLimitBytes)
    parts.push(
      `the WAL takes ${gigabytes(walFiles.bytes)}, more than twice max_wal_size (${gigabytes(walFiles.softLimitBytes)})`,
    );
  if (!isUnavailable(archiver) && archiver.on && isFailing(archiver))
    parts.push('archiving of the WAL fails');
  if (!isUnavailable(slots)) {
    const holder = slots.slots.find((slot) => !slot.active && (slot.keptBytes ?? 0) > noticeableBytes);
    if (holder !== undefined)
      parts.push(
        `the unused replication slot ${visible(holder.name)} keeps ${gigabytes(holder.keptBytes ?? 0)} of WAL`,
      );
  }
  if (!isUnavailable(replication)) {
    const late = replication.replicas.find(
      (one) => (one.behindBytes ?? 0) > noticeableBytes || (one.replaySeconds ?? 0) > noticeableLagSeconds,
    );
    if (late !== undefined)
      parts.push(
        `the replica ${visible(late.application)} is ${gigabytes(late.behindBytes ?? 0)}${late.replaySeconds === null ? '' : ` and ${late.replaySeconds.toFixed(0)} s`} behind`,
      );
    if ((replication.standby?.seconds ?? 0) > noticeableLagSeconds)
      parts.push(`its replay is ${rounded(replication.standby?.seconds ?? 0)} s behind`);
  }
  if (!isUnavailable(vacuum) && vacuum.frozenAge > vacuum.forcedAtAge * 2)
    parts.push(
      `the oldest transaction id is ${rounded(vacuum.frozenAge)} old: the server stops at 2,100,000,000`,
    );
  return parts;
}

/** Below that, WAL that waits is what a busy server has in the pipe. */
const noticeableBytes = 512 * 1024 * 1024;
const noticeableLagSeconds = 30;

function isFailing({ secondsSinceFailure, secondsSinceArchived }: ArchiverState): boolean {
  return (
    secondsSinceFailure !== null && secondsSinceFailure < (secondsSinceArchived ?? Number.POSITIVE_INFINITY)
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function rounded(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
