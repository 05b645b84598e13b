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
  /** As the server counted them; null where it does not say. */
  readonly buffers: number | null;
  readonly stoppedBecause: 'resolved' | 'narrow' | 'all-read' | 'limit';
}

const firstDraw = 100;
/** Pages a statement: each is a branch of the plan. */
const pagesAStatement = 100;

/**
 * Draws pages without repetition and counts their rows, 100, 200, 400, … pages until the intervals say enough, the window is read, or the limit is reached. The sample grows and
 * is never drawn anew.
 */
export async function sampleBlocks(
  log: Pick<OrchestratorReader, 'errorLogPages'>,
  request: SampleRequest,
): Promise<Sample> {
  const all = request.stretches.reduce((total, one) => total + one.pages, 0);
  const most = Math.min(all, request.mostPages);
  const draw = growingDraw(all, request.random);
  const counts: PageGroupCount[] = [];
  let drawn = 0;
  let buffers: number | null = 0;
  for (;;) {
    const more = drawn === 0 ? Math.min(firstDraw, most) : Math.min(drawn, most - drawn);
    const places = draw(more);
    const read = await log.errorLogPages((pages) => countsOf(pages, request, places));
    counts.push(...read.result);
    drawn += more;
    buffers = buffers === null || read.buffers === null ? null : buffers + read.buffers;
    const shares = clusterShares(await request.regroup(counts), { drawn, of: all });
    const said = enough(shares.shares, request.most);
    const stoppedBecause = drawn >= all ? 'all-read' : (said ?? (drawn >= most ? 'limit' : null));
    if (stoppedBecause !== null) {
      const rowsEstimated = drawn === 0 ? 0 : (shares.rows / drawn) * all;
      return { ...shares, pagesDrawn: drawn, pagesOfAll: all, rowsEstimated, buffers, stoppedBecause };
    }
  }
}

async function countsOf(
  pages: ErrorLogPages,
  request: SampleRequest,
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
