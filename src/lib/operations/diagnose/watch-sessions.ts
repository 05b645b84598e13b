import type { ReadContext } from '../../core/operation.ts';
import type { SessionGroup, SessionSample } from '../../orchestrator/database.ts';
import type { ReadAccess } from '../access.ts';
import { type BlockingTree, blockingTree } from '../database/blocking-tree.ts';
import type { AveragedSessions, Measurements } from './measurements.ts';
import type { Seen } from './seen.ts';

type Take = <Value>(work: (context: ReadContext<ReadAccess>) => Promise<Value>) => Promise<Seen<Value>>;

const samples = 4;

/** Samples sessions and who blocks whom over the window. The first sample that fails ends it: the next would fail in the same way. */
export async function watchSessions(
  context: ReadContext<ReadAccess>,
  take: Take,
  windowSeconds: number,
): Promise<Pick<Measurements, 'sessions' | 'blocking' | 'locks'>> {
  const taken: SessionSample[] = [];
  let failed: Seen<never> | null = null;
  let blocking: Seen<BlockingTree> | null = null;
  for (let sample = 0; sample < samples && failed === null; sample += 1) {
    if (sample > 0) await context.clock.sleep((windowSeconds * 1_000) / (samples - 1), context.signal);
    const [one, tree] = [
      await take(({ read }) => read.database.sessions()),
      await take(async ({ read }) => blockingTree(await read.database.blocking())),
    ];
    if (one.ok) taken.push(one.value);
    else failed = one;
    blocking = worse(blocking, tree);
  }
  const locks = await take(({ read }) => read.database.waitingLocks());
  const sessions = failed ?? { ok: true as const, value: averaged(taken) };
  if (blocking === null) throw new RangeError('at least one sample is needed');
  return { sessions, blocking, locks };
}

/** The tree with the longest wait behind one head, for a pile-up may come and go between the samples. */
function worse(known: Seen<BlockingTree> | null, next: Seen<BlockingTree>): Seen<BlockingTree> {
  if (known === null || !known.ok) return next;
  if (!next.ok) return known;
  return heldSeconds(next.value) >= heldSeconds(known.value) ? next : known;
}

function heldSeconds({ roots }: BlockingTree): number {
  return Math.max(0, ...roots.map(({ session }) => session.transactionSeconds ?? 0));
}

/** The mean over the samples. */
function averaged(taken: readonly SessionSample[]): AveragedSessions {
  const groups = new Map<string, SessionGroup>();
  for (const { groups: own } of taken) {
    for (const group of own) {
      const key = JSON.stringify([group.state, group.waitType, group.waitEvent]);
      const known = groups.get(key) ?? { ...group, sessions: 0, onErrorLog: 0 };
      groups.set(key, {
        ...known,
        sessions: known.sessions + group.sessions / taken.length,
        onErrorLog: known.onErrorLog + group.onErrorLog / taken.length,
      });
    }
  }
  return {
    samples: taken.length,
    groups: [...groups.values()].sort((a, b) => b.sessions - a.sessions),
    hidden: taken.reduce((sum, { hidden }) => sum + hidden, 0) / taken.length,
  };
}
