import { visible } from '../../../core/visible.ts';
import type { BlockingNode } from '../../database/blocking-tree.ts';
import { noticeableErrorsPerSecond } from '../../errors/writers.ts';
import type { Finding } from '../finding.ts';
import type { Measurements } from '../measurements.ts';
import { listed, many, percent, rate, size, span, whole } from '../words.ts';
import { errorsPerSecond } from './error-log-storm.ts';

/** Blockers come and go in every busy database; one that stays for so long is worth a name. */
const lastingSeconds = 1;
const nearlyAllConnections = 0.9;
/** A slot that nobody reads is harmless until it keeps this much: eight segments of WAL. */
const keptWalBytes = 128e6;
const lateReplicaBytes = 256e6;
const lateReplicaSeconds = 30;

/** The session at the head of a lasting pile-up; null when nobody waits, or only as long as is usual. */
export function lockHead({ blocking }: Measurements): BlockingNode | null {
  if (!blocking.ok) return null;
  return (
    blocking.value.roots.find(
      (one) => one.blocks > 0 && (one.session.transactionSeconds ?? lastingSeconds) >= lastingSeconds,
    ) ?? null
  );
}

export function lockPileUp(seen: Measurements): Finding | null {
  const head = lockHead(seen);
  if (head === null) return null;
  const { pid, state, application, user, transactionSeconds, statement } = head.session;
  const storm = (errorsPerSecond(seen) ?? 0) >= noticeableErrorsPerSecond;
  const idle = state?.startsWith('idle in transaction') === true || pid === 0;
  // in a storm the writers of one totals row wait for each other: that is the storm
  if (storm && !idle && (transactionSeconds ?? 0) < 10) return null;
  const who = visible([application, user].find((one) => one !== null && one !== '') ?? 'unknown');
  const since = transactionSeconds === null ? '' : `, in its transaction for ${span(transactionSeconds)}`;
  return {
    kind: 'lock-pile-up',
    what: `${many(head.blocks, 'session')} wait${head.blocks === 1 ? 's' : ''} for locks behind one: pid ${pid} (${who}, ${state ?? 'state unknown'}${since}).`,
    evidence: [
      ...lockEvidence(seen),
      ...(statement === null
        ? []
        : [`its last statement: ${visible(statement.replace(/\s+/g, ' ')).slice(0, 120)}`]),
      ...(idle && pid !== 0
        ? ['it runs no statement: it holds the locks until its client commits, or is ended']
        : []),
    ],
    confidence: Math.min(0.97, 0.55 + (idle ? 0.25 : 0) + Math.min(0.17, head.blocks * 0.02)),
    rulesOut: [],
    next: [
      'spillway database health   # the whole tree',
      pid === 0
        ? "psql -c 'select gid, prepared, owner from pg_prepared_xacts'   # then: rollback prepared"
        : `psql -c 'select pg_terminate_backend(${pid})'   # ends it; what it had not committed is rolled back`,
    ],
    culprits: [],
  };
}

function lockEvidence({ locks }: Measurements): string[] {
  if (!locks.ok) return [];
  return locks.value.slice(0, 3).map(({ sessions, mode, relation, kind, longestSeconds }) => {
    const longest = longestSeconds === null ? '' : `, the longest for ${span(longestSeconds)}`;
    return `${many(sessions, 'request')} for ${mode} on ${relation === null ? kind : visible(relation)} ${sessions === 1 ? 'waits' : 'wait'}${longest}`;
  });
}

export function connectionExhaustion(seen: Measurements): Finding | null {
  const base = { kind: 'connection-exhaustion' as const, rulesOut: [], culprits: [] };
  const { connections } = seen;
  const who =
    "psql -U <superuser> -c 'select usename, application_name, state, count(*) from pg_stat_activity group by 1, 2, 3 order by 4 desc'";
  if (!connections.ok) {
    if (connections.state !== '53300') return null;
    return {
      ...base,
      what: 'All connections of Postgres are taken: it turns everybody away, this program too.',
      evidence: [connections.reason, 'tried three times within a second'],
      confidence: 0.95,
      next: [`${who}   # a reserved connection is needed`],
    };
  }
  const { used, most, reserved } = connections.value;
  const share = used / Math.max(1, most - reserved);
  if (share < nearlyAllConnections) return null;
  return {
    ...base,
    what: `Postgres is nearly out of connections: ${whole(used)} of the ${whole(most - reserved)} for ordinary roles are taken.`,
    evidence: sessionEvidence(seen),
    confidence: share >= 0.97 ? 0.85 : 0.65,
    next: [who],
  };
}

function sessionEvidence({ sessions }: Measurements): string[] {
  if (!sessions.ok) return [];
  const states = Map.groupBy(sessions.value.groups, ({ state }) => state);
  const counts = [...states]
    .map(([state, groups]) => ({ state, sessions: groups.reduce((sum, one) => sum + one.sessions, 0) }))
    .sort((a, b) => b.sessions - a.sessions);
  return counts.length === 0
    ? []
    : [`sessions by state: ${listed(counts.map((one) => `${whole(one.sessions)} ${one.state}`))}`];
}

export function postgresUnreachable({ connections }: Measurements): Finding | null {
  if (connections.ok || connections.state === null || connections.state === '53300') return null;
  const down = connections.state === 'refused' || connections.state === 'silent';
  if (!down && !/^(08|28|3D|57P)/.test(connections.state)) return null;
  return {
    kind: 'postgres-unreachable',
    what: /^(28|3D)/.test(connections.state)
      ? 'Postgres refuses this login: nothing of the database could be seen.'
      : 'Postgres cannot be reached.',
    evidence: [connections.reason],
    confidence: /^(28|3D)/.test(connections.state) ? 0.3 : 0.9,
    rulesOut: [],
    next: connections.suggestion === null ? [] : [connections.suggestion],
    culprits: [],
  };
}

export function replicationPressure(seen: Measurements): Finding | null {
  const troubles = [...syncWait(seen), ...lateReplicas(seen), ...keptBySlots(seen)];
  const [first] = troubles.sort((a, b) => b.confidence - a.confidence);
  if (first === undefined) return null;
  return {
    kind: 'replication-pressure',
    what: first.what,
    evidence: troubles.flatMap(({ evidence }) => evidence),
    confidence: first.confidence,
    rulesOut: [],
    next: first.next,
    culprits: [],
  };
}

interface Trouble {
  readonly what: string;
  readonly evidence: readonly string[];
  readonly confidence: number;
  readonly next: readonly string[];
}

function syncWait({ sessions }: Measurements): Trouble[] {
  if (!sessions.ok) return [];
  const waiting = sessions.value.groups
    .filter(({ waitEvent }) => waitEvent === 'SyncRep')
    .reduce((sum, one) => sum + one.sessions, 0);
  if (waiting < 1) return [];
  return [
    {
      what: `Commits wait for a synchronous standby that does not answer: ${many(waiting, 'session')}.`,
      evidence: [`${many(waiting, 'session')} in SyncRep (mean of the samples)`],
      confidence: 0.9,
      next: [
        "psql -c 'select application_name, state, sync_state from pg_stat_replication'",
        "psql -c 'alter system reset synchronous_standby_names' -c 'select pg_reload_conf()'   # go on without it",
      ],
    },
  ];
}

function lateReplicas({ replication }: Measurements): Trouble[] {
  if (!replication.ok) return [];
  return replication.value.replicas
    .filter(
      ({ behindBytes, replaySeconds }) =>
        (behindBytes ?? 0) >= lateReplicaBytes || (replaySeconds ?? 0) >= lateReplicaSeconds,
    )
    .map(({ application, behindBytes, replaySeconds }) => ({
      what: `Replica ${visible(application)} is ${behindBytes === null ? '' : `${size(behindBytes)}, `}${span(replaySeconds ?? 0)} behind.`,
      evidence: [`${visible(application)}: ${size(behindBytes ?? 0)} not replayed`],
      confidence: 0.6,
      next: ['spillway database health'],
    }));
}

function keptBySlots({ kept }: Measurements): Trouble[] {
  if (!kept.ok) return [];
  const { slots, walBytesPerSecond } = kept.value;
  return slots
    .filter(({ active, keptBytes }) => !active && (keptBytes ?? 0) >= keptWalBytes)
    .map(({ name, keptBytes, status }) => ({
      what: `Replication slot ${visible(name)}, which nobody reads, keeps ${size(keptBytes ?? 0)} of WAL on disk: it grows until the disk is full.`,
      evidence: [
        `slot ${visible(name)}: inactive, status ${status ?? 'unknown'}, ${size(keptBytes ?? 0)} kept`,
        ...(walBytesPerSecond === null || walBytesPerSecond === 0
          ? []
          : [`WAL grows by ${size(walBytesPerSecond)}/s`]),
      ],
      confidence: status === 'lost' ? 0.4 : 0.65,
      next: [
        `psql -c "select pg_drop_replication_slot('${visible(name)}')"   # only if its reader never comes back`,
      ],
    }));
}

/** The disk as far as the database shows it: an archiver that fails keeps all WAL; a busy disk shows as sessions that wait for it. */
export function diskPressure(seen: Measurements): Finding | null {
  const base = { kind: 'disk-pressure' as const, rulesOut: [], culprits: [] };
  if (seen.archiver.ok && seen.archiver.value.on) {
    const { failed, secondsSinceFailure, secondsSinceArchived } = seen.archiver.value;
    if (
      secondsSinceFailure !== null &&
      secondsSinceFailure < (secondsSinceArchived ?? Number.POSITIVE_INFINITY)
    )
      return {
        ...base,
        what: 'Archiving of WAL fails: all of it stays on disk until the archive takes it again.',
        evidence: [
          `last failure ${span(secondsSinceFailure)} ago, ${whole(failed)} in all`,
          secondsSinceArchived === null
            ? 'never archived'
            : `last archived ${span(secondsSinceArchived)} ago`,
        ],
        confidence: 0.6,
        next: ["psql -c 'select * from pg_stat_archiver'"],
      };
  }
  if (!seen.sessions.ok) return null;
  const active = seen.sessions.value.groups.filter(({ state }) => state === 'active');
  const all = active.reduce((sum, one) => sum + one.sessions, 0);
  const onDisk = active
    .filter(
      ({ waitType, waitEvent }) =>
        waitType === 'IO' || (waitType === 'LWLock' && /^WAL/.test(waitEvent ?? '')),
    )
    .reduce((sum, one) => sum + one.sessions, 0);
  if (all < 4 || onDisk < 0.5 * all) return null;
  return {
    ...base,
    what: `The disk is the limit: ${percent(onDisk / all)} of the active sessions wait for reads, writes or WAL.`,
    evidence: [
      `${onDisk.toFixed(1)} of ${all.toFixed(1)} active sessions (mean of ${seen.sessions.value.samples} samples)`,
      ...(seen.kept.ok && seen.kept.value.walBytesPerSecond !== null
        ? [`${size(seen.kept.value.walBytesPerSecond)}/s of WAL`]
        : []),
      ...(seen.errorRate.ok
        ? [`${rate(seen.errorRate.value.writesPerSecond)} writes to the error-log tables`]
        : []),
    ],
    confidence: 0.62,
    next: ['spillway database health', 'iostat -x 2   # on the database host'],
  };
}
