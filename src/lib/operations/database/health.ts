import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { ConnectionCount } from '../../orchestrator/database.ts';
import type { CatalogueOperation } from '../access.ts';
import { type Measured, measureWindow } from './measure.ts';
import { isUnavailable, type Viewed, viewed } from './view.ts';

const input = z.strictObject({
  windowSeconds: z.number().min(0.5).max(60).default(2).describe('time over which rates are taken'),
  samples: z.int().min(1).max(100).default(8).describe('samples of the sessions within the window'),
  statements: z.int().min(1).max(50).default(8).describe('slowest statements to show'),
});

/** Data of `database.health`. Each view was taken by itself: one that is unavailable says why and what would help. */
export interface DatabaseHealthData extends Measured {
  /** What stands out, in one sentence. */
  readonly finding: string;
  readonly windowSeconds: number;
  readonly connections: Viewed<ConnectionCount>;
}

/** `database.health`: what the sessions wait for, who blocks whom, the slowest statements, and the writes to the error-log tables, over a few seconds. */
export const databaseHealth: CatalogueOperation<z.output<typeof input>, DatabaseHealthData> = diagnosis({
  id: 'database.health',
  title: 'Look at what the database is busy with',
  input,
  async measure(context, options) {
    const connections = await viewed(() => context.read.database.connections());
    const measured = await measureWindow(context, options);
    const finding = findingOf(measured, connections);
    return {
      summary: finding,
      data: { finding, windowSeconds: options.windowSeconds, ...measured, connections },
    };
  },
});

/** Below this many errors a second nobody calls it a storm; then the rate is not what stands out. */
const noticeableErrorsPerSecond = 20;

function findingOf(measured: Measured, connections: Viewed<ConnectionCount>): string {
  const parts = [
    errorLogPart(measured),
    waitPart(measured),
    blockingPart(measured),
    connectionPart(connections),
  ];
  const said = parts.filter((part) => part !== null);
  if (said.length > 0) return `${capital(said.join('; '))}.`;
  const unseen = Object.values(measured).filter((view) => isUnavailable(view)).length;
  return unseen === 0
    ? 'Nothing stands out: no locks are waited for, and the error log is quiet.'
    : `Nothing stands out in what could be seen; ${unseen} of the views are unavailable.`;
}

function errorLogPart({ errorLog, statements }: Measured): string | null {
  if (isUnavailable(errorLog) || errorLog.errorsPerSecond < noticeableErrorsPerSecond) return null;
  const takes = `the error log takes ${rounded(errorLog.errorsPerSecond)} inserts/s`;
  if (isUnavailable(statements)) return takes;
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

function connectionPart(connections: Viewed<ConnectionCount>): string | null {
  if (isUnavailable(connections)) return null;
  const { used, most, reserved } = connections;
  return used < 0.9 * (most - reserved) ? null : `${used} of ${most - reserved} connections are taken`;
}

function rounded(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
