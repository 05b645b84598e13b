import { visible } from '../core/visible.ts';
import type { Seen } from '../operations/diagnose/seen.ts';
import type { RedisHealthData } from '../operations/redis/readings.ts';
import { bytes, count, duration, labelled, moment, percent, perSecond, wrap } from './format.ts';
import { shorten } from './shorten.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

const width = 80;
const mostRows = 8;
const right = { align: 'right' } as const;

type Shown<Part extends keyof RedisHealthData> =
  RedisHealthData[Part] extends Seen<infer Value> ? Value : never;

/** The finding, then each part under its title; a part that is missing says why. */
export function renderRedisHealth(data: RedisHealthData, style: Style): string {
  const section = <Value>(title: string, part: Seen<Value>, show: (value: Value) => readonly string[]) => {
    const lines = part.ok
      ? show(part.value)
      : [style.yellow(wrap(`not known: ${visible(part.reason)}`, width - 2))];
    return [
      '',
      style.bold(title),
      ...lines.flatMap((line) => line.split('\n')).map((line) => `  ${line}`.trimEnd()),
    ];
  };
  const silent = !data.server.ok || data.server.value.loading !== null;
  return [
    style.bold(wrap(visible(data.finding), width)),
    ...section('Server', data.server, serverLines),
    ...(silent
      ? []
      : [
          ...section(`Commands (over ${duration(data.windowSeconds)})`, data.traffic, trafficLines),
          ...section('Round trips', data.roundTrips, ({ samples, medianMs, worstMs }) => [
            `PING: median ${milliseconds(medianMs)}, worst ${milliseconds(worstMs)} of ${count(samples)}`,
          ]),
          ...section('Slow log', data.slow, slowLines),
          ...section('Latency spikes', data.latency, latencyLines),
          ...section('Clients waiting in a blocking command', data.blocked, blockedLines),
          ...section('Keys of the queues', data.keys, keyLines),
        ]),
    '',
    `Next: ${silent ? 'spillway diagnose' : 'spillway volume'}`,
  ].join('\n');
}

function serverLines(server: Shown<'server'>): string[] {
  const { memory, clients, persistence, replication, loading } = server;
  const limit =
    memory.limitBytes === null
      ? `no maxmemory${memory.machineBytes === null ? '' : `, the machine has ${bytes(memory.machineBytes)}`}`
      : `${percent(memory.usedBytes / memory.limitBytes)} of maxmemory ${bytes(memory.limitBytes)}`;
  const saved = persistence.lastSaveOk ? 'last save worked' : 'last save FAILED';
  const append = persistence.appendOnly
    ? `, append-only file ${persistence.lastAppendOk ? 'written' : 'FAILING'}`
    : '';
  return [
    `Redis ${visible(server.version)}, ${replication.role}, up for ${duration(server.uptimeSeconds)}`,
    ...(loading === null ? [] : [`loading its data: ${percent(loading.share)}`]),
    `memory|${bytes(memory.usedBytes)} used, ${bytes(memory.peakBytes)} at most; ${limit}`,
    `eviction|${visible(memory.policy)}; fragmentation ${memory.fragmentation.toFixed(2)}`,
    `clients|${count(clients.connected)}${clients.most === null ? '' : ` of ${count(clients.most)}`}, ${count(clients.blocked)} in a blocking command`,
    `persistence|${saved}${append}; ${count(persistence.changesSinceSave)} changes since`,
    `replication|${replicationLine(replication)}`,
  ].map((line) => {
    const [label, text] = line.split('|');
    return text === undefined ? wrap(line, width - 2) : labelled(label ?? '', text, 13, width - 2);
  });
}

function replicationLine({
  role,
  replicas,
  linkUp,
  linkDownSeconds,
}: Shown<'server'>['replication']): string {
  if (role === 'replica')
    return linkUp === false ? `link DOWN for ${duration(linkDownSeconds ?? 0)}` : 'link to the master is up';
  if (replicas.length === 0) return 'no replicas';
  return replicas
    .map((one) => `${visible(one.address)} ${visible(one.state)}, ${bytes(one.behindBytes)} behind`)
    .join('; ');
}

function trafficLines(traffic: Shown<'traffic'>): string[] {
  const refused = [
    traffic.refusedWritesPerSecond > 0
      ? `${perSecond(traffic.refusedWritesPerSecond)} writes REFUSED (out of memory)`
      : null,
    traffic.evictedKeysPerSecond > 0 ? `${perSecond(traffic.evictedKeysPerSecond)} keys EVICTED` : null,
    traffic.rejectedConnectionsPerSecond > 0
      ? `${perSecond(traffic.rejectedConnectionsPerSecond)} connections REJECTED`
      : null,
  ].filter((line) => line !== null);
  const rows = traffic.commands
    .slice(0, mostRows)
    .map((one) => [
      visible(one.name),
      perSecond(one.callsPerSecond),
      milliseconds(one.meanMs),
      percent(one.processorShare),
    ]);
  const columns = [
    { title: 'Command' },
    { title: 'Calls', ...right },
    { title: 'Mean', ...right },
    { title: 'Processor', ...right },
  ];
  return [
    `${perSecond(traffic.commandsPerSecond)} in all`,
    ...refused,
    ...(rows.length === 0 ? [] : [table(columns, rows)]),
  ];
}

function slowLines({ commands, recent }: Shown<'slow'>): string[] {
  if (commands.length === 0) return ['empty'];
  const lines = commands
    .slice(0, 5)
    .map(
      (one) =>
        `${milliseconds(one.durationMs).padStart(9)}  ${moment(one.at)}  ${shorten(visible(`${one.command.toUpperCase()} ${one.firstArgument ?? ''}`.trim()), 36)}`,
    );
  return [...lines, `${count(recent)} within the last minute`];
}

function latencyLines(events: Shown<'latency'>): string[] {
  if (events.length === 0) return ['none recorded (only kept where latency-monitor-threshold is set)'];
  return events
    .slice(0, 5)
    .map(
      (one) =>
        `${visible(one.event)}: ${count(one.latestMs)} ms at ${moment(one.at)}, at worst ${count(one.worstMs)} ms`,
    );
}

function blockedLines(clients: Shown<'blocked'>): string[] {
  if (clients.length === 0) return ['none'];
  return clients
    .slice(0, mostRows)
    .map((one) =>
      shorten(
        `${visible(one.name || one.address)}: ${visible(one.command)} for ${duration(one.waitingSeconds)}`,
        width - 2,
      ),
    );
}

function keyLines(keys: Shown<'keys'>): string[] {
  if (keys.length === 0) return ['none of them exists'];
  const rows = keys
    .slice(0, mostRows)
    .map((one) => [
      shorten(visible(one.key), 44),
      visible(one.type),
      one.length === null ? '?' : count(one.length),
      one.bytes === null ? '?' : bytes(one.bytes),
    ]);
  return [
    table(
      [{ title: 'Key' }, { title: 'Type' }, { title: 'Elements', ...right }, { title: 'Size', ...right }],
      rows,
    ),
  ];
}

function milliseconds(value: number): string {
  return `${value >= 100 ? count(value) : value.toFixed(value < 1 ? 2 : 1)} ms`;
}
