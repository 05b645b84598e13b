import type { ReadContext } from '../../core/operation.ts';
import type { ReadAccess } from '../access.ts';
import { isUnavailable, viewed } from '../database/view.ts';
import { columnOf, type ErrorGroup } from './groups.ts';
import type { sampleSince } from './since.ts';

/** Rows that may be counted through an index without being asked to. */
const cheapRows = 50_000;

/** The exact numbers of the candidates since the same moment, or why they were not counted. */
export type Confirmation =
  | {
      readonly done: true;
      /** What made it possible: an index that the column leads, or a standby, where reading everything harms nobody's writes. */
      readonly through: 'index' | 'standby';
      readonly rows: readonly { readonly group: string; readonly rows: number }[];
      readonly buffers: number | null;
    }
  | { readonly done: false; readonly why: string };

/** Counts the candidates exactly where that is cheap, or where it is asked for and does not read the whole log on a primary. */
export async function confirm(
  context: ReadContext<ReadAccess>,
  by: ErrorGroup,
  { data: since, layout: { indexed, standby } }: Awaited<ReturnType<typeof sampleSince>>,
  asked: boolean,
): Promise<Confirmation> {
  const { orchestrator } = context.read;
  const candidates = since.groups.map((one) => one.group);
  if (candidates.length === 0) return { done: false, why: 'nothing was found that could be counted' };
  if (by === 'client') return { done: false, why: "a client's rows are not told by a column of the log" };
  const column = columnOf(by);
  const through = indexed.includes(column) ? 'index' : standby ? 'standby' : null;
  const rows = since.groups.reduce((sum, one) => sum + one.rows, 0);
  const number = Math.round(rows).toLocaleString('en-US');
  if (through === null)
    return {
      done: false,
      why: `the log has no index on its ${column} and this is the primary: it would read the whole log`,
    };
  if (!asked && (through === 'standby' || rows > cheapRows))
    return { done: false, why: `some ${number} rows would be read: --exact does it` };
  context.progress('counting the candidates exactly');
  const counted = await viewed(() =>
    orchestrator.errorLogExact({
      by: column,
      groups: candidates,
      sinceEpochSeconds: Date.parse(since.since) / 1_000,
    }),
  );
  if (isUnavailable(counted)) return { done: false, why: counted.unavailable };
  return {
    done: true,
    through,
    rows: candidates.map((group) => ({ group, rows: counted.result.get(group) ?? 0 })),
    buffers: counted.buffers,
  };
}
