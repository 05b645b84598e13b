import type { ReadContext } from '../../core/operation.ts';
import type {
  SessionGroup,
  SessionSample,
  StatementReading,
  WaitingLocks,
} from '../../orchestrator/database.ts';
import type { ReadAccess } from '../access.ts';
import { type ErrorsRateData, rateBetween } from '../errors/rate.ts';
import { type BlockingTree, blockingTree } from './blocking-tree.ts';
import { mentions, type StatementDelta, statementDeltas, writesTo } from './statement-deltas.ts';
import { isUnavailable, type Viewed, viewed } from './view.ts';

/** Sessions in one state, averaged over the samples. */
export interface AverageGroup extends Omit<SessionGroup, 'sessions' | 'onErrorLog'> {
  readonly sessions: number;
  readonly onErrorLog: number;
}

export interface SessionsView {
  readonly samples: number;
  /** Sessions with a statement running, averaged. */
  readonly active: number;
  readonly groups: readonly AverageGroup[];
  /** Sessions whose state the role may not see, averaged. */
  readonly hidden: number;
}

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
}

export interface LocksView {
  readonly waiting: readonly WaitingLocks[];
}

export interface Measured {
  readonly errorLog: Viewed<ErrorsRateData>;
  readonly sessions: Viewed<SessionsView>;
  readonly blocking: Viewed<BlockingTree>;
  readonly statements: Viewed<StatementsView>;
  readonly locks: Viewed<LocksView>;
}

/** Statements whose texts are looked up: enough to find the error-log writes among them. */
const textsWanted = 30;

/** Takes the samples of the window: counters at both ends, sessions in between, who blocks whom in the middle. */
export async function measureWindow(
  context: ReadContext<ReadAccess>,
  options: { readonly windowSeconds: number; readonly samples: number; readonly statements: number },
): Promise<Measured> {
  const { database, orchestrator } = context.read;
  const rateBefore = await viewed(() => orchestrator.errorLogCounters());
  const statementsBefore = await viewed(() => database.statementCounters());
  const gapMs = (options.windowSeconds * 1_000) / options.samples;
  const samples: Viewed<SessionSample>[] = [];
  let blocking: Viewed<BlockingTree> | null = null;
  let locks: Viewed<LocksView> | null = null;
  for (let sample = 0; sample < options.samples; sample += 1) {
    await context.clock.sleep(gapMs, context.signal);
    context.progress(`sample ${sample + 1} of ${options.samples}`, sample / options.samples);
    samples.push(await viewed(() => database.sessions()));
    if (sample !== Math.floor((options.samples - 1) / 2)) continue;
    blocking = await viewed(async () => blockingTree(await database.blocking()));
    locks = await viewed(async () => ({ waiting: await database.waitingLocks() }));
  }
  const errorLog = isUnavailable(rateBefore)
    ? rateBefore
    : await viewed(async () => rateBetween(rateBefore, await orchestrator.errorLogCounters()));
  const statements = isUnavailable(statementsBefore)
    ? statementsBefore
    : await viewed(async () => slowest(context.read, statementsBefore, options.statements));
  if (blocking === null || locks === null) throw new RangeError('at least one sample is needed');
  return { errorLog, sessions: averaged(samples), blocking, statements, locks };
}

/** The mean over the samples; unavailable when one of them was. */
function averaged(samples: readonly Viewed<SessionSample>[]): Viewed<SessionsView> {
  const groups = new Map<string, AverageGroup>();
  let hidden = 0;
  for (const sample of samples) {
    if (isUnavailable(sample)) return sample;
    hidden += sample.hidden / samples.length;
    for (const group of sample.groups) {
      const key = JSON.stringify([group.state, group.waitType, group.waitEvent]);
      const known = groups.get(key) ?? { ...group, sessions: 0, onErrorLog: 0 };
      groups.set(key, {
        ...known,
        sessions: known.sessions + group.sessions / samples.length,
        onErrorLog: known.onErrorLog + group.onErrorLog / samples.length,
      });
    }
  }
  const sorted = [...groups.values()].sort((a, b) => b.sessions - a.sessions);
  const active = sorted
    .filter((group) => group.state === 'active')
    .reduce((sum, one) => sum + one.sessions, 0);
  return { samples: samples.length, active, groups: sorted, hidden };
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
