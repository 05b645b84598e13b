import { randomFrom } from '../../src/lib/operations/errors/block-draw.ts';
import type {
  ErrorLogLayout,
  ErrorLogLeaf,
  ErrorLogPages,
  OrchestratorReader,
} from '../../src/lib/orchestrator/contract.ts';

/** How the rows of the groups lie on the pages of a log. */
export type Kind = 'skewed' | 'bursty' | 'clustered';

/** A log in memory: 45 days of calm, then a storm. Pages are rows by group; times in seconds. */
export interface SyntheticLog {
  readonly pages: readonly { readonly at: number; readonly rows: ReadonlyMap<string, number> }[];
  readonly calmPages: number;
  readonly endsAt: number;
}

const calmPages = 400;
const rowsAPage = 60;
const culprits = [0.24, 0.19, 0.14, 0.11, 0.08, 0.07, 0.06, 0.05];
const others = 120;

/** Shares of the storm: 8 culprits, and 120 others that share 6 % unevenly. */
const groups = [
  ...culprits.map((share, at) => ({ group: String(at + 1), share })),
  ...Array.from({ length: others }, (_, at) => ({
    group: String(at + 101),
    share: (0.06 * (others - at)) / ((others * (others + 1)) / 2),
  })),
];

/** A log from a seed. `skewed`: every row is anybody's, by share. `bursty`: one group writes some 3,000 rows, then another. `clustered`: nine rows of ten on a page are one group's. */
export function syntheticLog(kind: Kind, stormPages: number, seed: number): SyntheticLog {
  const random = randomFrom(seed);
  const endsAt = 1_800_000_000;
  const pages: { at: number; rows: Map<string, number> }[] = [];
  const calmSeconds = 45 * 86_400;
  const stormSeconds = stormPages * 0.03;
  for (let page = 0; page < calmPages; page += 1) {
    const at = endsAt - stormSeconds - calmSeconds + (page * calmSeconds) / calmPages;
    pages.push({ at, rows: filled(() => groups[Math.floor(random() * groups.length)]?.group ?? '1') });
  }
  const anybody = pick(random);
  let writing = anybody();
  let left = 0;
  for (let page = 0; page < stormPages; page += 1) {
    const at = endsAt - stormSeconds + page * 0.03;
    const owner = anybody();
    const next: Readonly<Record<Kind, () => string>> = {
      skewed: anybody,
      clustered: () => (random() < 0.9 ? owner : anybody()),
      bursty() {
        if (left <= 0) {
          writing = anybody();
          left = Math.ceil(-3_000 * Math.log(1 - random()));
        }
        left -= 1;
        return writing;
      },
    };
    pages.push({ at, rows: filled(next[kind]) });
  }
  return { pages, calmPages, endsAt };
}

/** The true share of every group in the rows since `since`. */
export function truth(log: SyntheticLog, since: number): Map<string, number> {
  const rows = new Map<string, number>();
  let all = 0;
  for (const page of log.pages) {
    if (page.at < since) continue;
    for (const [group, count] of page.rows) {
      rows.set(group, (rows.get(group) ?? 0) + count);
      all += count;
    }
  }
  return new Map([...rows].map(([group, count]) => [group, count / all]));
}

/** The log as the operations read it. */
export function logReader(log: SyntheticLog): OrchestratorReader {
  const leaf: ErrorLogLeaf = {
    ...{ id: '1', schema: 'orchestrator', name: 'error_log', file: '1' },
    ...{ blocks: log.pages.length, inserted: log.pages.length * rowsAPage },
  };
  const layout: ErrorLogLayout = {
    ...{ atEpochSeconds: log.endsAt, standby: false, leaves: [leaf], leavesLeftOut: 0 },
    ...{ indexed: [], pagesReadable: true },
  };
  const pages: ErrorLogPages = {
    times: async (_leaf, blocks) =>
      blocks.map((block) => {
        const page = log.pages[block];
        return { block, rows: rowsAPage, oldest: page?.at ?? null, newest: page?.at ?? null };
      }),
    counts: async (_leaf, blocks, _by, since) =>
      blocks.flatMap((block) => {
        const page = log.pages[block];
        if (page === undefined || page.at < since) return [];
        return [...page.rows].map(([group, rows]) => ({ page: String(block), group, rows }));
      }),
  };
  const reader = {
    errorLogLayout: async () => layout,
    errorLogPages: async <Result>(work: (reading: ErrorLogPages) => Promise<Result>) => ({
      result: await work(pages),
      buffers: null,
    }),
    names: async () => ({ clients: new Map(), conversations: new Map() }),
  };
  return reader as unknown as OrchestratorReader;
}

function filled(next: () => string): Map<string, number> {
  const rows = new Map<string, number>();
  for (let row = 0; row < rowsAPage; row += 1) {
    const group = next();
    rows.set(group, (rows.get(group) ?? 0) + 1);
  }
  return rows;
}

function pick(random: () => number): () => string {
  const bounds: number[] = [];
  let sum = 0;
  for (const { share } of groups) {
    sum += share;
    bounds.push(sum);
  }
  return () => {
    const at = random() * sum;
    let low = 0;
    let high = bounds.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((bounds[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return groups[low]?.group ?? '1';
  };
}
