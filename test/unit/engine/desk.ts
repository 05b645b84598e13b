import { systemClock } from '../../../src/lib/core/clock.ts';
import type { LockHome } from '../../../src/lib/core/lock.ts';
import type {
  AskConsent,
  Consent,
  EngineEnvironment,
  EngineEvent,
} from '../../../src/lib/engine/environment.ts';
import { type RunHistory, runsOf } from '../../../src/lib/journal/history.ts';
import type { JournalRecord } from '../../../src/lib/journal/record.ts';
import { memoryLock } from '../../contract/lock/memory-lock.ts';
import { type JournalFolder, journalFolder } from '../journal/journal-folder.ts';
import { Counters, type CountersRead, type CountersWrite } from './counters.ts';

export type DeskEnvironment = EngineEnvironment<CountersRead, CountersWrite>;

/** One operator at one target: counters, a journal file, a lock. */
export interface Desk {
  readonly counters: Counters;
  readonly journal: JournalFolder;
  readonly lock: LockHome;
  readonly events: EngineEvent[];
  readonly interrupt: AbortController;
  readonly env: DeskEnvironment;
  /** The same target as another process sees it: of another operator, with `changes` to the environment. */
  other(actor: string, changes?: Partial<DeskEnvironment>): DeskEnvironment;
  records(): Promise<readonly JournalRecord[]>;
  runs(): Promise<RunHistory[]>;
  /** Of the only run, or of the newest. */
  run(): Promise<RunHistory>;
}

export async function desk(changes: Partial<DeskEnvironment> = {}): Promise<Desk> {
  const counters = new Counters();
  const journal = await journalFolder();
  const lock = memoryLock(systemClock)();
  const events: EngineEvent[] = [];
  const interrupt = new AbortController();
  let ids = 0;
  const env: DeskEnvironment = {
    target: 'lab',
    read: { get: (name) => counters.get(name) },
    write: { set: (name, value) => counters.set(name, value) },
    journal: journal.open(),
    lock,
    operator: { actor: 'ann@desk', host: 'desk', pid: process.pid, isAlive: () => true },
    clock: systemClock,
    signal: interrupt.signal,
    progress: () => {},
    newId: (prefix) => {
      ids += 1;
      return `${prefix}-${ids}`;
    },
    confirmIdentity: async () => {},
    observe: (event) => void events.push(event),
    ...changes,
  };
  const records = () => journal.open().read();
  const runs = async () => runsOf(await records());
  return {
    counters,
    journal,
    lock,
    events,
    interrupt,
    env,
    other: (actor, otherChanges = {}) => ({
      ...env,
      journal: journal.open(),
      operator: { ...env.operator, actor, host: actor.split('@')[1] ?? 'desk' },
      ...otherChanges,
    }),
    records,
    runs,
    async run() {
      const newest = (await runs()).at(-1);
      if (newest === undefined) throw new Error('the journal has no run');
      return newest;
    },
  };
}

export const yes: Consent = { targetTyped: null, yes: true, how: 'test' };
export const named: Consent = { targetTyped: 'lab', yes: false, how: 'test' };

/** The options of `execute` with an answer given beforehand. */
export function answering(consent: Consent = yes) {
  const ask: AskConsent = async () => consent;
  return { incidentId: null, takeOver: false, ask };
}

/** The types of records, in order; those of steps with the change and the outcome. */
export function story(records: readonly JournalRecord[]): string[] {
  const changes = new Map<unknown, unknown>();
  return records.map(({ type, body }) => {
    const change = body['change'] as { id?: string } | undefined;
    if (change !== undefined) changes.set(body['stepId'], change.id);
    const words = [changes.get(body['stepId']), body['status']].filter((word) => word !== undefined);
    return [type, ...words].join(' ');
  });
}
