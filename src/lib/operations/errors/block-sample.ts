import type {
  ErrorColumn,
  ErrorLogLeaf,
  ErrorLogPages,
  OrchestratorReader,
  PageGroupCount,
} from '../../orchestrator/contract.ts';
import { growingDraw } from './block-draw.ts';
import { clusterShares, enough, type Shares } from './shares.ts';

/** Consecutive pages of one leaf from which is drawn. */
export interface Stretch {
  readonly leaf: ErrorLogLeaf;
  readonly first: number;
  readonly pages: number;
}

/** What is to be known of which pages. */
export interface SampleRequest {
  readonly stretches: readonly Stretch[];
  readonly by: ErrorColumn;
  /** Puts counts of the column together (the conversations of a client); may ask for names. */
  readonly regroup: (counts: readonly PageGroupCount[]) => Promise<readonly PageGroupCount[]>;
  readonly sinceEpochSeconds: number;
  /** Most groups shown: the intervals hold for these together. */
  readonly most: number;
  readonly mostPages: number;
  readonly random: () => number;
}

export interface Sample extends Shares {
  readonly pagesDrawn: number;
  readonly pagesOfAll: number;
  /** Rows in all of the pages, from the drawn ones. */
  readonly rowsEstimated: number;
  readonly draws: number;
  /** Of the draws after the first, as the server counted them; null where it does not say. */
  readonly buffers: number | null;
  readonly stoppedBecause: 'resolved' | 'narrow' | 'all-read' | 'limit';
}

const firstDraw = 100;
/** Pages a statement: each is a branch of the plan. */
const pagesAStatement = 100;

/** A sample that has begun: its first pages can be read where its window was found, in the same transaction. */
export interface Begun {
  readonly draw: (more: number) => number[];
  readonly of: number;
  readonly drawn: number;
  readonly counts: readonly PageGroupCount[];
}

/** Draws the first 100 pages. */
export async function beginSample(
  pages: ErrorLogPages,
  request: Omit<SampleRequest, 'regroup' | 'most'>,
): Promise<Begun> {
  const of = request.stretches.reduce((total, one) => total + one.pages, 0);
  const draw = growingDraw(of, request.random);
  const places = draw(Math.min(firstDraw, of, request.mostPages));
  return { draw, of, drawn: places.length, counts: await countsOf(pages, request, places) };
}

/**
 * Goes on drawing pages without repetition, 200, 400, … in all, until the intervals say enough, the window is read, or the limit is reached. The sample grows and is never drawn
 * anew. Each further draw is a short transaction of its own.
 */
export async function sampleBlocks(
  log: Pick<OrchestratorReader, 'errorLogPages'>,
  begun: Begun,
  request: SampleRequest,
): Promise<Sample> {
  const { of, draw } = begun;
  const most = Math.min(of, request.mostPages);
  const counts = [...begun.counts];
  let drawn = begun.drawn;
  let buffers: number | null = 0;
  let draws = 1;
  for (;;) {
    const shares = clusterShares(await request.regroup(counts), { drawn, of });
    const said = enough(shares.shares, request.most);
    const stoppedBecause = drawn >= of ? 'all-read' : (said ?? (drawn >= most ? 'limit' : null));
    if (stoppedBecause !== null) {
      const rowsEstimated = drawn === 0 ? 0 : (shares.rows / drawn) * of;
      return { ...shares, pagesDrawn: drawn, pagesOfAll: of, rowsEstimated, buffers, draws, stoppedBecause };
    }
    const places = draw(Math.min(drawn, most - drawn));
    const read = await log.errorLogPages((pages) => countsOf(pages, request, places));
    counts.push(...read.result);
    drawn += places.length;
    draws += 1;
    buffers = buffers === null || read.buffers === null ? null : buffers + read.buffers;
  }
}

async function countsOf(
  pages: ErrorLogPages,
  request: Pick<SampleRequest, 'stretches' | 'by' | 'sinceEpochSeconds'>,
  places: readonly number[],
): Promise<PageGroupCount[]> {
  const counts: PageGroupCount[] = [];
  let before = 0;
  for (const { leaf, first, pages: length } of request.stretches) {
    const end = before + length;
    const blocks = places
      .filter((place) => place >= before && place < end)
      .map((place) => place - before + first);
    before = end;
    for (let at = 0; at < blocks.length; at += pagesAStatement) {
      const some = blocks.slice(at, at + pagesAStatement);
      counts.push(...(await pages.counts(leaf, some, request.by, request.sinceEpochSeconds)));
    }
  }
  return counts;
}
