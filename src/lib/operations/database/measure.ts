import type { ReadContext } from '../../core/operation.ts';
import type { ConnectionCount, StatementReading, WaitingLocks } from '../../orchestrator/database.ts';
import type { ActivitySample } from '../../orchestrator/server-views.ts';
import type { ReadAccess } from '../access.ts';
import { type ErrorsRateData, rateBetween } from '../errors/rate.ts';
import { type BlockingTree, blockingTree } from './blocking-tree.ts';
import { beginServerWindow, countedHere, endServerWindow, type ServerMeasured } from './server-window.ts';
import { averagedSessions, type SessionsView } from './sessions-view.ts';
import { mentions, type StatementDelta, statementDeltas, writesTo, writing } from './statement-deltas.ts';
import { isUnavailable, type Viewed, type Viewer, viewers } from './view.ts';

export interface SlowStatement extends StatementDelta {
  readonly callsPerSecond: number;
  /** Of the time of all statements in the window, 0–1. */
  readonly share: number;
  /** Normalised; null when its text is not to be had. */
  readonly text: string | null;
}

/** How long the statements take that write one of the error-log tables; null when none was seen among the slowest. */
export interface WriteLatency {
  readonly table: string;
  readonly callsPerSecond: number;
  readonly meanMs: number;
}

/** What the statements cost that name an error-log table in any way: a `select … for update` on the totals waits longer than the insert itself. */
export interface ErrorLogCost {
  /** Of the time of all statements in the window, 0–1. */
  readonly share: number;
  /** For each insert into the log; null when none was seen. */
  readonly msPerError: number | null;
}

export interface StatementsView {
  readonly windowSeconds: number;
  readonly statements: readonly SlowStatement[];
  readonly errorLogWrites: WriteLatency | null;
  readonly errorTotalsWrites: WriteLatency | null;
  readonly errorLogCost: ErrorLogCost;
  /** The statements that write, by the time they took in the window: what one takes now, and what it took on average before (`meanBeforeMs`). */
  readonly writes: readonly SlowStatement[];
  /** Entries of other users that the role may not see. */
  readonly hidden: number;
}

export interface LocksView {
  readonly waiting: readonly WaitingLocks[];
}

export interface Measured extends ServerMeasured {
  readonly errorLog: Viewed<ErrorsRateData>;
  readonly sessions: Viewed<SessionsView>;
  readonly blocking: Viewed<BlockingTree>;
  readonly statements: Viewed<StatementsView>;
  readonly locks: Viewed<LocksView>;
  readonly connections: Viewed<ConnectionCount>;
}

/** Statements whose texts are looked up: enough to find the error-log writes among them. */
const textsWanted = 30;

/** What the views before, within and after the window may take beside it: a person waits for the answer. */
const slackMs = 2_000;

/** Takes the samples of the window: counters at both ends, sessions in between, who blocks whom in the middle. Every view is one short transaction. */
export async function measureWindow(
  context: ReadContext<ReadAccess>,
  options: { readonly windowSeconds: number; readonly samples: number; readonly statements: number },
): Promise<Measured> {
  const { database, orchestrator } = context.read;
  const within = viewers(context.clock);
  const first = within(slackMs);
  context.progress('reads the counters');
  const rateBefore = await first(() => orchestrator.errorLogCounters());
  const connections = await first(() => database.connections());
  const statementsBefore = await first(() => database.statementCounters());
  const before = await beginServerWindow(first, database);
  const windowMs = options.windowSeconds * 1_000;
  const sampled = await sampleWindow(context, within(windowMs + slackMs), windowMs, options.samples);
  const view = within(slackMs);
  const errorLog = isUnavailable(rateBefore)
    ? rateBefore
    : await view(async () => rateBetween(rateBefore, await orchestrator.errorLogCounters()));
  const statements = isUnavailable(statementsBefore)
    ? statementsBefore
    : await view(async () => slowest(context.read, statementsBefore, options.statements));
  const server = await endServerWindow(view, database, before, options.windowSeconds);
  return {
    errorLog: countedHere(errorLog, before.server),
    ...sampled,
    statements,
    connections,
    ...server,
  };
}

/** Sessions at even distances, and in the middle who blocks whom. */
async function sampleWindow(
  { read, clock, signal, progress }: ReadContext<ReadAccess>,
  view: Viewer,
  windowMs: number,
  count: number,
): Promise<Pick<Measured, 'sessions' | 'blocking' | 'locks'>> {
  const { database } = read;
  const startedMs = clock.monotonicMs();
  const samples: Viewed<ActivitySample>[] = [];
  let blocking: Viewed<BlockingTree> | null = null;
  let locks: Viewed<LocksView> | null = null;
  for (let sample = 0; sample < count; sample += 1) {
    const dueMs = startedMs + (windowMs * (sample + 1)) / count;
    await clock.sleep(Math.max(0, dueMs - clock.monotonicMs()), signal);
    progress(`sample ${sample + 1} of ${count}`, sample / count);
    samples.push(await view(() => database.activity()));
    if (sample !== Math.floor((count - 1) / 2)) continue;
    blocking = await view(async () => blockingTree(await database.blocking()));
    locks = await view(async () => ({ waiting: await database.waitingLocks() }));
  }
  if (blocking === null || locks === null) throw new RangeError('at least one sample is needed');
  return { sessions: averagedSessions(samples), blocking, locks };
}

async function slowest(read: ReadAccess, before: StatementReading, most: number): Promise<StatementsView> {
  const after = await read.database.statementCounters();
  const windowSeconds = Math.max(0.001, after.atEpochSeconds - before.atEpochSeconds);
  const deltas = statementDeltas(before, after);
  const allMs = deltas.reduce((sum, one) => sum + one.totalMs, 0);
  const candidates = deltas.slice(0, Math.max(most, textsWanted));
  const texts = await read.database.statementTexts(candidates.map((one) => one.id));
  const described = candidates.map(
    (one): SlowStatement => ({
      ...one,
      callsPerSecond: one.calls / windowSeconds,
      share: allMs === 0 ? 0 : one.totalMs / allMs,
      text: texts.get(one.id) ?? null,
    }),
  );
  const latency = (table: string): WriteLatency | null => {
    const pattern = writesTo(table);
    const writes = described.filter((one) => one.text !== null && pattern.test(one.text));
    const calls = writes.reduce((sum, one) => sum + one.calls, 0);
    if (calls === 0) return null;
    const totalMs = writes.reduce((sum, one) => sum + one.totalMs, 0);
    return { table, callsPerSecond: calls / windowSeconds, meanMs: totalMs / calls };
  };
  const { tables } = read.orchestrator;
  return {
    windowSeconds,
    statements: described.slice(0, most),
    errorLogWrites: latency(tables.errorLog),
    errorTotalsWrites: latency(tables.errorTotals),
    errorLogCost: costOf(described, read.orchestrator, allMs),
    writes: described.filter(({ text }) => text !== null && writing.test(text)).slice(0, most),
    hidden: after.hidden,
  };
}

function costOf(
  statements: readonly SlowStatement[],
  { tables }: ReadAccess['orchestrator'],
  allMs: number,
): ErrorLogCost {
  const patterns = [mentions(tables.errorLog), mentions(tables.errorTotals)];
  const onErrorLog = statements.filter(({ text }) => text !== null && patterns.some((one) => one.test(text)));
  const totalMs = onErrorLog.reduce((sum, one) => sum + one.totalMs, 0);
  const insert = writesTo(tables.errorLog);
  const errors = onErrorLog
    .filter(({ text }) => text !== null && insert.test(text))
    .reduce((sum, one) => sum + one.calls, 0);
  return { share: allMs === 0 ? 0 : totalMs / allMs, msPerError: errors === 0 ? null : totalMs / errors };
}
