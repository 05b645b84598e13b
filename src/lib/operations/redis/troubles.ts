import type { RedisReading } from '../../orchestrator/redis-server.ts';
import type { Finding } from '../diagnose/finding.ts';
import type { Unseen } from '../diagnose/seen.ts';
import type { RedisHealthData } from './readings.ts';

type Measured = Omit<RedisHealthData, 'finding'>;

/** Of `maxmemory`: from here on the next burst is refused or evicted. */
const fullShare = 0.95;
/** Of the machine's memory, where there is no `maxmemory`: the kernel ends the process before it is full. */
const machineShare = 0.9;
/** A command that takes so much of the one processor that Redis has leaves little for the others. */
const greedyShare = 0.5;
/** A call of so many milliseconds holds every other client up. */
const slowCallMs = 20;
const lateReplicaSeconds = 10;
const lateReplicaBytes = 64e6;

/** What is wrong with Redis by itself, most probable cause first. `rulesOut` is left to the diagnosis that sees more. */
export function redisTroubles(measured: Measured): Finding[] {
  const found = [
    unanswering(measured),
    memory(measured),
    greedyCommand(measured),
    connections(measured),
    persistence(measured),
    replication(measured),
  ];
  return found.filter((one) => one !== null).sort((a, b) => b.confidence - a.confidence);
}

function finding(parts: Pick<Finding, 'kind' | 'what' | 'evidence' | 'confidence' | 'next'>): Finding {
  return { ...parts, rulesOut: [], culprits: [] };
}

/** Down, silent, loading, or held by a script: the states in which nothing else can be measured. */
function unanswering({ server }: Measured): Finding | null {
  if (server.ok) {
    const { loading } = server.value;
    if (loading === null) return null;
    const left = loading.secondsLeft === null ? '' : `, about ${loading.secondsLeft.toFixed(0)} s left`;
    return finding({
      kind: 'redis-unreachable',
      what: `Redis is loading its data (${percent(loading.share)} done${left}): until then it refuses every command.`,
      evidence: [`up for ${whole(server.value.uptimeSeconds)} s: it was restarted`],
      confidence: 0.95,
      next: ['redis-cli info persistence   # how far it is'],
    });
  }
  return refused(server);
}

function refused({ state, reason, suggestion }: Unseen): Finding | null {
  if (state === 'BUSY')
    return finding({
      kind: 'redis-blocked',
      what: 'Redis is blocked by a script that does not end: it refuses every command but SCRIPT KILL.',
      evidence: [reason],
      confidence: 0.95,
      next: [
        'redis-cli script kill   # ends it, unless it has written',
        'redis-cli function kill   # if it is a function',
      ],
    });
  if (state === 'silent')
    return finding({
      kind: 'redis-blocked',
      what: 'Redis takes connections or packets but does not answer: one command blocks it, or its machine hangs.',
      evidence: [reason],
      confidence: 0.7,
      next: [
        'redis-cli ping   # again: after 5 s a script is answered with BUSY',
        'redis-cli slowlog get 5   # once it answers',
      ],
    });
  if (state === 'refused' || state === 'MASTERDOWN' || state === 'NOAUTH' || state === 'WRONGPASS')
    return finding({
      kind: 'redis-unreachable',
      what:
        state === 'refused' ? 'Redis is down: nobody listens at its address.' : 'Redis refuses this client.',
      evidence: [reason],
      confidence: state === 'refused' ? 0.95 : 0.5,
      next: suggestion === null ? [] : [suggestion],
    });
  return null;
}

function memory({ server, traffic, keys }: Measured): Finding | null {
  if (!server.ok) return null;
  const { usedBytes, limitBytes, machineBytes, policy } = server.value.memory;
  const [refusing, evicting] = traffic.ok
    ? [traffic.value.refusedWritesPerSecond, traffic.value.evictedKeysPerSecond]
    : [0, 0];
  const limit = limitBytes ?? machineBytes;
  if (limit === null) return null;
  const share = usedBytes / limit;
  if (share < (limitBytes === null ? machineShare : fullShare) && refusing === 0 && evicting === 0)
    return null;
  const [largest] = keys.ok ? keys.value : [];
  const evidence = [
    `${mega(usedBytes)} used of ${mega(limit)} (${limitBytes === null ? 'the machine: no maxmemory is set' : `maxmemory, ${percent(share)}`}), policy ${policy}`,
    ...(refusing > 0 ? [`${rate(refusing)} writes are refused with OOM`] : []),
    ...(evicting > 0
      ? [`${rate(evicting)} keys are evicted: with queues among them that is lost messages`]
      : []),
    ...(largest === undefined
      ? []
      : [
          `largest key of the queues: ${largest.key}, ${mega(largest.bytes ?? 0)}, ${whole(largest.length ?? 0)} elements`,
        ]),
  ];
  const what =
    evicting > 0
      ? `Redis is out of memory and evicts keys (policy ${policy}).`
      : refusing > 0 || (share >= 1 && policy === 'noeviction')
        ? 'Redis is out of memory: it refuses writes, so no more messages can be queued.'
        : `Redis is nearly out of memory: ${percent(share)} of its limit.`;
  return finding({
    kind: 'redis-memory',
    what,
    evidence,
    confidence: refusing > 0 || evicting > 0 ? 0.95 : share >= 1 ? 0.9 : 0.6,
    next: [
      `redis-cli config set maxmemory ${Math.ceil((usedBytes * 1.25) / 1e6)}mb   # room at once, if the machine has it`,
      'spillway activations pause --all   # no more is injected',
      'spillway queue purge --help   # take the culprits out, archived',
    ],
  });
}

/** Seen after the fact: it answers again, but one command takes most of its time. */
function greedyCommand({ traffic, slow, roundTrips }: Measured): Finding | null {
  if (!traffic.ok) return null;
  const greedy = traffic.value.commands.find(
    ({ processorShare, meanMs }) => processorShare >= greedyShare && meanMs >= slowCallMs,
  );
  const worst = roundTrips.ok ? roundTrips.value.worstMs : 0;
  if (greedy === undefined) return null;
  const [slowest] = slow.ok ? slow.value.commands : [];
  return finding({
    kind: 'redis-blocked',
    what: `Redis is held up by ${greedy.name.toUpperCase()}: ${percent(Math.min(1, greedy.processorShare))} of its time, ${greedy.meanMs.toFixed(0)} ms a call.`,
    evidence: [
      `${rate(greedy.callsPerSecond)} calls; every other client waits meanwhile`,
      ...(worst > 0 ? [`a PING took up to ${worst.toFixed(worst < 10 ? 1 : 0)} ms`] : []),
      ...(slowest === undefined
        ? []
        : [
            `slowest lately: ${slowest.command.toUpperCase()} by ${slowest.client}, ${whole(slowest.durationMs)} ms`,
          ]),
    ],
    confidence: worst >= 100 ? 0.9 : 0.7,
    next: ['redis-cli slowlog get 10   # which client sends it', 'redis-cli client list   # who that is'],
  });
}

function connections({ server, traffic }: Measured): Finding | null {
  if (!server.ok) return null;
  const { connected, most } = server.value.clients;
  const rejected = traffic.ok ? traffic.value.rejectedConnectionsPerSecond : 0;
  if (rejected === 0 && (most === null || connected < 0.9 * most)) return null;
  return finding({
    kind: 'connection-exhaustion',
    what: `Redis is out of connections: ${whole(connected)} of ${most === null ? 'its' : whole(most)} are taken.`,
    evidence:
      rejected > 0 ? [`${rate(rejected)} connections are rejected`] : [`maxclients is ${whole(most ?? 0)}`],
    confidence: rejected > 0 ? 0.9 : 0.6,
    next: ['redis-cli client list   # who holds them'],
  });
}

function persistence({ server }: Measured): Finding | null {
  if (!server.ok) return null;
  const { lastSaveOk, lastAppendOk, appendOnly, lastSaveAt, changesSinceSave } = server.value.persistence;
  if (lastSaveOk && (lastAppendOk || !appendOnly)) return null;
  return finding({
    kind: 'disk-pressure',
    what: lastSaveOk
      ? 'Redis cannot write its append-only file: it refuses every write until it can.'
      : 'Redis cannot save its data: by default it then refuses every write (MISCONF).',
    evidence: [`last save that worked: ${lastSaveAt}; ${whole(changesSinceSave)} changes since`],
    confidence: 0.8,
    next: ['redis-cli config get dir   # then: df -h of that folder', 'redis-cli info persistence'],
  });
}

function replication({ server }: Measured): Finding | null {
  if (!server.ok) return null;
  const trouble = replicaTrouble(server.value.replication);
  if (trouble === null) return null;
  return finding({
    kind: 'replication-pressure',
    what: `Redis replication: ${trouble}.`,
    evidence: [`role ${server.value.replication.role}`],
    confidence: 0.55,
    next: ['redis-cli info replication'],
  });
}

function replicaTrouble({ linkUp, linkDownSeconds, replicas }: RedisReading['replication']): string | null {
  if (linkUp === false) return `the link to the master has been down for ${whole(linkDownSeconds ?? 0)} s`;
  const late = replicas.find(
    (one) =>
      one.state !== 'online' || one.silentSeconds > lateReplicaSeconds || one.behindBytes > lateReplicaBytes,
  );
  if (late === undefined) return null;
  return `replica ${late.address} is ${late.state}, ${mega(late.behindBytes)} behind, last heard of ${whole(late.silentSeconds)} s ago`;
}

function mega(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function rate(perSecond: number): string {
  return `${perSecond >= 10 ? whole(perSecond) : perSecond.toFixed(1)}/s`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
