import { visible } from '../core/visible.ts';
import { counted, duration, wrap } from './format.ts';
import { shorten } from './shorten.ts';

const mostLines = 12;

/** One session of the blocking tree and those that wait for it. */
export interface BlockingNodeView {
  readonly session: {
    readonly pid: number;
    readonly blockedBy: readonly number[];
    readonly user: string | null;
    readonly application: string | null;
    readonly state: string | null;
    readonly transactionSeconds: number | null;
    readonly waitsFor: string | null;
    readonly statement: string | null;
  };
  readonly blocks: number;
  readonly waiting: readonly BlockingNodeView[];
}

/** The tree, root blockers first, waiting sessions indented under their nearest blocker with every other blocker named. */
export function blockingLines(
  tree: { readonly roots: readonly BlockingNodeView[]; readonly waiting: number },
  width: number,
): string[] {
  if (tree.roots.length === 0) return ['nobody waits for a lock'];
  const nodes: { readonly node: BlockingNodeView; readonly depth: number }[] = [];
  const collect = (node: BlockingNodeView, depth: number) => {
    nodes.push({ node, depth });
    for (const waiter of node.waiting) collect(waiter, depth + 1);
  };
  for (const root of tree.roots) collect(root, 0);
  const lines = [`${counted(tree.waiting, 'session')} wait${tree.waiting === 1 ? 's' : ''} for a lock`];
  for (const { node, depth } of nodes.slice(0, mostLines)) {
    const indent = Math.min(depth, 8) * 2;
    lines.push(`${' '.repeat(indent)}${wrap(describe(node), width - indent, indent + 2)}`);
  }
  if (nodes.length > mostLines)
    lines.push(`… and ${counted(nodes.length - mostLines, 'session')} more (all of them: --json)`);
  return lines;
}

function describe({ session, blocks }: BlockingNodeView): string {
  const who = [session.user, session.application]
    .filter((one) => one !== null && one !== '')
    .map((one) => visible(one ?? ''));
  const since = session.transactionSeconds === null ? '' : ` for ${duration(session.transactionSeconds)}`;
  const by = session.blockedBy.length < 2 ? '' : `, waits for ${session.blockedBy.join(', ')}`;
  const lock = session.waitsFor === null ? '' : `, wants ${visible(session.waitsFor)}`;
  const holds = blocks === 0 ? '' : `, blocks ${blocks}`;
  const text = visible((session.statement ?? '').replace(/\s+/g, ' ').trim());
  const label = who.length === 0 ? '' : ` ${who.join(' ')}`;
  return `pid ${session.pid}${label} (${session.state ?? 'state unknown'}${since}${holds}${by}${lock})${text === '' ? '' : `: ${shorten(text, 60)}`}`;
}
