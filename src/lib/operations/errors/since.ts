import { SpillwayError } from '../../core/errors.ts';
import type { ReadContext } from '../../core/operation.ts';
import type { ErrorLogLayout } from '../../orchestrator/contract.ts';
import type { ReadAccess } from '../access.ts';
import { randomFrom } from './block-draw.ts';
import { beginSample, type Sample, sampleBlocks } from './block-sample.ts';
import { columnOf, type ErrorGroup, named, type RankedGroup, regrouping } from './groups.ts';
import { resolvedPlaces } from './shares.ts';
import { findWindow, type Window } from './window.ts';

/** A group with the rows that it is estimated to have written. */
export interface GroupSince extends RankedGroup {
  readonly rows: number;
}

/** When the storm began, and how the log grew before and since. */
export interface OnsetData {
  readonly at: string;
  /** Null when the log holds nothing from before. */
  readonly errorsPerSecondBefore: number | null;
  readonly errorsPerSecondSince: number;
}

/** The shares since the onset (or since a time given), from pages drawn at random out of those written since. */
export interface SinceData {
  readonly method: 'block-sample';
  readonly since: string;
  readonly until: string;
  readonly sinceIs: Window['sinceIs'];
  readonly onset: OnsetData | null;
  /** False: rows of all times lie anywhere (space was used again), so all of the log was drawn from and rows chosen by their time. */
  readonly ordered: boolean;
  readonly pagesInWindow: number;
  readonly pagesDrawn: number;
  readonly rowsSampled: number;
  /** Buffers of the log as the server counted them, the search for the onset included; null where it does not say. */
  readonly buffers: number | null;
  readonly rowsEstimated: number;
  readonly stoppedBecause: Sample['stoppedBecause'];
  readonly groups: readonly GroupSince[];
  readonly resolvedPlaces: number;
  readonly unseenBound: number;
  readonly leavesLeftOut: number;
}

/** Most pages that a sample reads. */
const mostPages = 5_000;

export interface SinceOptions {
  readonly by: ErrorGroup;
  readonly limit: number;
  /** Seconds since 1970; null: since the onset. */
  readonly given: number | null;
  readonly seed: number;
  readonly rowsPerSecond: number | null;
}

/** Finds the onset and samples the pages since then. Throws SpillwayError `failed` when the log was truncated meanwhile, or its pages cannot be read. */
export async function sampleSince(
  context: ReadContext<ReadAccess>,
  options: SinceOptions,
): Promise<{ readonly data: SinceData; readonly layout: ErrorLogLayout }> {
  const { orchestrator } = context.read;
  const layout = await orchestrator.errorLogLayout();
  if (!layout.pagesReadable)
    throw new SpillwayError(
      'failed',
      'this server (before PostgreSQL 14) cannot read single pages of a table.',
    );
  context.progress('the share since the onset');
  const column = columnOf(options.by);
  const regroup = regrouping(orchestrator, options.by);
  const request = { layout, now: layout.atEpochSeconds, ...options };
  const drawing = { by: column, mostPages, random: randomFrom(options.seed) };
  const first = await orchestrator.errorLogPages(async (pages) => {
    const window = await findWindow(pages, request);
    const stretched = { ...drawing, stretches: window.stretches, sinceEpochSeconds: window.since };
    return { window, stretched, begun: await beginSample(pages, stretched) };
  });
  const { window, stretched, begun } = first.result;
  // Clients are looked up on the same connection, so not within the transaction above.
  const sample = await sampleBlocks(orchestrator, begun, { ...stretched, regroup, most: options.limit });
  // One transaction holds the log's lock against truncation from its first page on.
  if (sample.draws > 1 || sample.rows === 0) await refuseTruncated(context, layout, sample.rows);
  const shown = sample.shares.filter((one) => one.group !== null).slice(0, options.limit);
  const groups = await named(orchestrator, options.by, shown);
  const data: SinceData = {
    method: 'block-sample',
    since: isoOf(window.since),
    until: isoOf(layout.atEpochSeconds),
    sinceIs: window.sinceIs,
    onset: onsetData(window),
    ordered: window.ordered,
    pagesInWindow: sample.pagesOfAll,
    pagesDrawn: sample.pagesDrawn,
    rowsSampled: sample.rows,
    buffers: first.buffers === null || sample.buffers === null ? null : first.buffers + sample.buffers,
    rowsEstimated: sample.rowsEstimated,
    stoppedBecause: sample.stoppedBecause,
    groups: groups.map((one) => ({ ...one, rows: one.share * sample.rowsEstimated })),
    resolvedPlaces: resolvedPlaces(shown),
    unseenBound: sample.unseenBound,
    leavesLeftOut: layout.leavesLeftOut,
  };
  return { data, layout };
}

/** The onset in rows instead of pages. */
export function onsetData({ onset, rowsPerPage }: Pick<Window, 'onset' | 'rowsPerPage'>): OnsetData | null {
  if (onset === null || rowsPerPage === null) return null;
  const { at, pagesPerSecondBefore, pagesPerSecondSince } = onset;
  return {
    at: isoOf(at),
    errorsPerSecondBefore: pagesPerSecondBefore === null ? null : pagesPerSecondBefore * rowsPerPage,
    errorsPerSecondSince: pagesPerSecondSince * rowsPerPage,
  };
}

async function refuseTruncated(
  context: ReadContext<ReadAccess>,
  before: ErrorLogLayout,
  rows: number,
): Promise<void> {
  const after = await context.read.orchestrator.errorLogLayout();
  const files = new Map(after.leaves.map((leaf) => [leaf.id, leaf]));
  const gone = before.leaves.find((leaf) => {
    const now = files.get(leaf.id);
    return now !== undefined && (now.file !== leaf.file || now.blocks < leaf.blocks);
  });
  if (gone === undefined) return;
  throw new SpillwayError(
    'failed',
    `${gone.schema}.${gone.name} was truncated or rewritten while it was read (${rows.toLocaleString('en-US')} rows had been): nothing can be said about what is gone.`,
    { suggestions: ['spillway errors top   # again, on what is there now'] },
  );
}

/** ISO-8601 in UTC from seconds since 1970. */
export function isoOf(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString();
}
