import type { StatementReading } from '../../orchestrator/database.ts';
import type { ReadAccess } from '../access.ts';
import { mentions, statementDeltas, writesTo } from '../database/statement-deltas.ts';
import type { ErrorLogCost } from './measurements.ts';

/** Statements whose texts are looked up: enough to find those on the error log among them. */
const textsWanted = 30;

/** What the statements that name an error-log table have cost since `before`. */
export async function statementCost(read: ReadAccess, before: StatementReading): Promise<ErrorLogCost> {
  const deltas = statementDeltas(before, await read.database.statementCounters());
  const allMs = deltas.reduce((sum, one) => sum + one.totalMs, 0);
  const slowest = deltas.slice(0, textsWanted);
  const texts = await read.database.statementTexts(slowest.map(({ id }) => id));
  const { errorLog, errorTotals } = read.orchestrator.tables;
  const patterns = [mentions(errorLog), mentions(errorTotals)];
  const insert = writesTo(errorLog);
  let [spentMs, errors] = [0, 0];
  for (const { id, totalMs, calls } of slowest) {
    const text = texts.get(id);
    if (text === undefined || !patterns.some((pattern) => pattern.test(text))) continue;
    spentMs += totalMs;
    if (insert.test(text)) errors += calls;
  }
  return { share: allMs === 0 ? 0 : spentMs / allMs, msPerError: errors === 0 ? null : spentMs / errors };
}
