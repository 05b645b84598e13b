import type { ActivitySample, ProcessGroup } from '../../orchestrator/server-views.ts';
import { isUnavailable, type Viewed } from './view.ts';

/** Client sessions of all databases in one state, averaged over the samples. */
export interface AverageGroup {
  readonly state: string;
  /** `Lock`, `LWLock`, `IO`, `Client`, …; null: not waiting, that is on a CPU. */
  readonly waitType: string | null;
  readonly waitEvent: string | null;
  readonly sessions: number;
  /** Of these, sessions whose statement names one of the error-log tables. */
  readonly onErrorLog: number;
  /** Of these, sessions of other databases of the same server. */
  readonly elsewhere: number;
}

/** Sessions of one program (by `application_name`), averaged over the samples. */
export interface ApplicationSessions {
  /** Names that differ in a number at their end are workers of one program: `email-dispatcher-*`. Empty where programs do not say their name. */
  readonly application: string;
  readonly sessions: number;
  readonly active: number;
  /** Active ones that wait for something. */
  readonly waiting: number;
  readonly idleInTransaction: number;
  /** What most of its active sessions wait for; null: nothing. */
  readonly mostlyOn: string | null;
}

export interface SessionsView {
  readonly samples: number;
  /** Sessions with a statement running, averaged. */
  readonly active: number;
  readonly groups: readonly AverageGroup[];
  readonly applications: readonly ApplicationSessions[];
  /** Background processes that do or await something, averaged. */
  readonly background: readonly {
    readonly backend: string;
    readonly waitType: string | null;
    readonly waitEvent: string | null;
    readonly processes: number;
  }[];
  /** Processes whose state the role may not see, averaged. */
  readonly hidden: number;
}

/** The mean over the samples that were taken; unavailable when none was. */
export function averagedSessions(samples: readonly Viewed<ActivitySample>[]): Viewed<SessionsView> {
  const seen = samples.flatMap((sample) => (isUnavailable(sample) ? [] : [sample]));
  if (seen.length === 0) {
    const [first] = samples;
    return first !== undefined && isUnavailable(first)
      ? first
      : { unavailable: 'no sample was taken', suggestion: null };
  }
  const all = seen.flatMap((sample) => sample.groups);
  const mean = (groups: readonly ProcessGroup[], pick = (one: ProcessGroup) => one.processes) =>
    groups.reduce((sum, one) => sum + pick(one), 0) / seen.length;
  const clients = all.filter((one) => one.state !== null);
  const groups = grouped(clients, (one) => [one.state, one.waitType, one.waitEvent]).map(
    ([one, same]): AverageGroup => ({
      state: one.state ?? '',
      waitType: one.waitType,
      waitEvent: one.waitEvent,
      sessions: mean(same),
      onErrorLog: mean(same, (group) => group.onErrorLog),
      elsewhere: mean(same.filter((group) => !group.here)),
    }),
  );
  const applications = grouped(clients, (one) => [family(one)]).map(([one, same]): ApplicationSessions => {
    const active = same.filter((group) => group.state === 'active');
    const waits = grouped(active, (group) => [group.waitType, group.waitEvent]);
    const [most] = waits.sort((a, b) => mean(b[1]) - mean(a[1]));
    return {
      application: same.every((group) => group.application === one.application)
        ? one.application
        : family(one),
      sessions: mean(same),
      active: mean(active),
      waiting: mean(active.filter((group) => group.waitType !== null)),
      idleInTransaction: mean(
        same.filter((group) => group.state?.startsWith('idle in transaction') ?? false),
      ),
      mostlyOn: most === undefined ? null : waitName(most[0]),
    };
  });
  const background = grouped(
    all.filter((one) => one.state === null),
    (one) => [one.backend, one.waitType, one.waitEvent],
  ).map(([{ backend, waitType, waitEvent }, same]) => ({
    ...{ backend, waitType, waitEvent },
    processes: mean(same),
  }));
  return {
    samples: seen.length,
    active: mean(clients.filter((one) => one.state === 'active')),
    groups: groups.sort((a, b) => b.sessions - a.sessions),
    applications: applications.sort((a, b) => b.active - a.active || b.sessions - a.sessions),
    background: background.sort((a, b) => b.processes - a.processes),
    hidden: seen.reduce((sum, sample) => sum + sample.hidden, 0) / seen.length,
  };
}

function grouped(
  groups: readonly ProcessGroup[],
  key: (one: ProcessGroup) => readonly (string | null)[],
): [ProcessGroup, readonly ProcessGroup[]][] {
  const found = Map.groupBy(groups, (one) => JSON.stringify(key(one)));
  return [...found.values()].flatMap((same) => (same[0] === undefined ? [] : [[same[0], same]]));
}

function family({ application }: ProcessGroup): string {
  return application.replace(/\d+$/, '*');
}

function waitName({ waitType, waitEvent }: ProcessGroup): string | null {
  return waitType === null ? null : `${waitType} ${waitEvent ?? ''}`.trimEnd();
}
