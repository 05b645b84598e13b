import { redisTroubles } from '../redis/troubles.ts';
import { type Finding, type RankedFinding, rankFindings } from './finding.ts';
import type { Measurements } from './measurements.ts';
import { clearedCauses } from './rules/cleared.ts';
import { errorLogStorm } from './rules/error-log-storm.ts';
import { leftBehind } from './rules/left-behind.ts';
import {
  connectionExhaustion,
  diskPressure,
  lockPileUp,
  postgresUnreachable,
  replicationPressure,
} from './rules/postgres.ts';
import { clientFlood, consumersStopped, unhealthyService } from './rules/queues.ts';

/** Something that could not be seen, and why: it may hide a cause. */
export interface Blind {
  readonly part: string;
  readonly reason: string;
}

export interface Judgement {
  /** Most probable cause first; never empty. */
  readonly findings: readonly RankedFinding[];
  readonly blind: readonly Blind[];
}

const rules: readonly ((seen: Measurements) => Finding | null)[] = [
  errorLogStorm,
  lockPileUp,
  connectionExhaustion,
  postgresUnreachable,
  replicationPressure,
  diskPressure,
  consumersStopped,
  clientFlood,
  unhealthyService,
  leftBehind,
];

/** From the measurements to the findings: pure, so that every rule can be tested without a server. */
export function judge(seen: Measurements): Judgement {
  const cleared = clearedCauses(seen);
  const found = [
    ...rules.map((rule) => rule(seen)),
    ...(seen.redis.ok ? redisTroubles(seen.redis.value) : []),
  ].filter((one) => one !== null);
  const blind = blindSpots(seen);
  const findings = rankFindings(found.length === 0 ? [nothingWrong(cleared, blind)] : found);
  return {
    findings: findings.map((finding) => ({
      ...finding,
      rulesOut:
        finding.kind === 'nothing-wrong'
          ? []
          : cleared.filter(({ kind }) => kind !== finding.kind).map(({ because }) => because),
    })),
    blind,
  };
}

function nothingWrong(cleared: readonly { readonly because: string }[], blind: readonly Blind[]): Finding {
  return {
    kind: 'nothing-wrong',
    what:
      blind.length === 0
        ? 'Nothing is wrong: every cause that is known here was looked for and is not there.'
        : 'Nothing is wrong in what could be seen; not everything could.',
    evidence: cleared.map(({ because }) => because),
    confidence: Math.max(0.3, 0.93 - 0.1 * blind.length),
    rulesOut: [],
    next: ['spillway status'],
    culprits: [],
  };
}

/** Parts that tell nothing when the target has no such store: that is no blind spot. */
const notConfigured = /^this target has no /;

/** What could not be seen; one line for parts with the same reason. */
function blindSpots(seen: Measurements): Blind[] {
  const redis = seen.redis.ok ? seen.redis.value : null;
  const parts = {
    connections: seen.connections,
    sessions: seen.sessions,
    'who blocks whom': seen.blocking,
    locks: seen.locks,
    'error rate': seen.errorRate,
    'statement times': seen.errorCost,
    'who writes the errors': seen.errorsTop,
    switches: seen.switches,
    'stopped conversations': seen.stopped,
    'paused activations': seen.paused,
    activations: seen.activations,
    replication: seen.replication,
    'replication slots': seen.kept,
    archiver: seen.archiver,
    Redis: redis === null ? seen.redis : redis.server,
    'Redis commands': redis === null ? seen.redis : redis.traffic,
    'Redis slow log': redis === null ? seen.redis : redis.slow,
    queues: seen.volume,
    'whose messages wait': seen.queueSample,
    services: seen.services,
  };
  const byReason = new Map<string, string[]>();
  for (const [part, taken] of Object.entries(parts)) {
    if (taken.ok || notConfigured.test(taken.reason)) continue;
    byReason.set(taken.reason, [...(byReason.get(taken.reason) ?? []), part]);
  }
  return [...byReason].map(([reason, names]) => ({ part: names.join(', '), reason }));
}
