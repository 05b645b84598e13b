import type { BlockingSession } from '../../orchestrator/database.ts';

/** A session in the blocking tree, with those that wait for it. */
export interface BlockingNode {
  readonly session: BlockingSession;
  /** Sessions that wait for it, directly or through others. One that waits for two blockers counts for both. */
  readonly blocks: number;
  /** Each waiting session stands once in the tree, under the nearest of its blockers; `session.blockedBy` names all of them. */
  readonly waiting: readonly BlockingNode[];
}

export interface BlockingTree {
  /** Sessions that block and wait for nobody, the one that blocks most first. In a ring of waits, which PostgreSQL breaks after a second, one of the ring. */
  readonly roots: readonly BlockingNode[];
  /** Sessions that wait for a lock. */
  readonly waiting: number;
}

/** Orders sessions by who waits for whom. A blocker that is not among the sessions (a prepared transaction is pid 0, or it ended) becomes a root of its own. */
export function blockingTree(sessions: readonly BlockingSession[]): BlockingTree {
  const byPid = new Map(sessions.map((session) => [session.pid, session]));
  for (const pid of sessions.flatMap((session) => session.blockedBy)) {
    if (!byPid.has(pid)) byPid.set(pid, absent(pid));
  }
  const waiters = new Map<number, number[]>();
  for (const session of byPid.values()) {
    for (const blocker of session.blockedBy)
      waiters.set(blocker, [...(waiters.get(blocker) ?? []), session.pid]);
  }
  const blocks = new Map([...byPid.keys()].map((pid) => [pid, reach(pid, waiters)]));
  const order = [...byPid.values()].sort(
    (a, b) => (blocks.get(b.pid) ?? 0) - (blocks.get(a.pid) ?? 0) || a.pid - b.pid,
  );
  const placed = new Map<number, number[]>();
  const seen = new Set<number>();
  const roots = order.filter((session) => session.blockedBy.length === 0 && waiters.has(session.pid));
  place(roots.map((root) => root.pid));
  for (const session of order) {
    if (seen.has(session.pid)) continue;
    roots.push(session);
    place([session.pid]);
  }

  /** Breadth first, so that everybody stands under the nearest blocker. */
  function place(from: readonly number[]): void {
    for (const pid of from) seen.add(pid);
    const queue = [...from];
    for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
      const own = (waiters.get(pid) ?? []).filter((waiter) => !seen.has(waiter));
      for (const waiter of own) seen.add(waiter);
      placed.set(pid, own);
      queue.push(...own);
    }
  }

  const node = (pid: number): BlockingNode => ({
    session: byPid.get(pid) ?? absent(pid),
    blocks: blocks.get(pid) ?? 0,
    waiting: (placed.get(pid) ?? []).map(node),
  });
  return {
    roots: roots.map((root) => node(root.pid)),
    waiting: sessions.filter((session) => session.blockedBy.length > 0).length,
  };
}

/** How many sessions wait for this one, directly or not, without itself. */
function reach(pid: number, waiters: ReadonlyMap<number, readonly number[]>): number {
  const reached = new Set<number>();
  const queue = [pid];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const waiter of waiters.get(next) ?? []) {
      if (waiter === pid || reached.has(waiter)) continue;
      reached.add(waiter);
      queue.push(waiter);
    }
  }
  return reached.size;
}

function absent(pid: number): BlockingSession {
  return {
    pid,
    blockedBy: [],
    user: null,
    application: null,
    state: pid === 0 ? 'prepared transaction' : null,
    waitType: null,
    waitEvent: null,
    waitsFor: null,
    transactionSeconds: null,
    statementSeconds: null,
    statement: null,
  };
}
