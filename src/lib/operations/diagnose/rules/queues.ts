import { visible } from '../../../core/visible.ts';
import { type Estimate, largestOwner } from '../../queue/sample-estimate.ts';
import type { Culprit, Finding } from '../finding.ts';
import type { Measurements } from '../measurements.ts';
import { listed, many, percent, rate, span, whole } from '../words.ts';
import { deliveryEvidence, failedShare, newestActivation } from './error-log-storm.ts';

/** Fewer waiting messages than this are no flood, and may be between two looks of a consumer. */
const fewWaiting = 50;
const floodMessages = 5_000;
const floodShare = 0.5;
/** Services whose own words are shown. */
const mostServices = 4;

/** Messages wait in a channel and none leaves it. */
export function consumersStopped(seen: Measurements): Finding | null {
  if (!seen.volume.ok) return null;
  const stuck = seen.volume.value.channels.filter(
    ({ waiting, outPerSecond }) => waiting >= fewWaiting && outPerSecond === 0,
  );
  if (stuck.length === 0) return null;
  const sick = unhealthy(seen);
  const waiting = stuck.reduce((sum, one) => sum + one.waiting, 0);
  const ages = stuck.flatMap(({ oldestAgeSeconds }) => (oldestAgeSeconds === null ? [] : [oldestAgeSeconds]));
  const all = stuck.length === seen.volume.value.channels.length;
  return {
    kind: 'consumers-stopped',
    what: `Nobody takes messages from ${all ? 'any queue' : listed(stuck.map(({ channel }) => visible(channel)))}: ${whole(waiting)} wait and none has left within ${span(seen.volume.value.windowMs / 1_000)}.`,
    evidence: [
      ...stuck.map(
        ({ channel, waiting: here, inWork, inPerSecond }) =>
          `${visible(channel)}: ${whole(here)} waiting, ${whole(inWork)} in work, ${inPerSecond === null ? 'unknown' : rate(inPerSecond)} in, 0/s out`,
      ),
      ...(ages.length === 0 ? [] : [`the oldest has waited for ${span(Math.max(...ages))}`]),
      ...(sick.length === 0 ? [] : [`not healthy: ${listed(sick.map(serviceWords), 4)}`]),
    ],
    confidence: Math.min(0.95, 0.6 + (sick.length > 0 ? 0.3 : 0) + (all ? 0.05 : 0)),
    rulesOut: [],
    next:
      sick.length > 0
        ? [
            `spillway services restart ${sick.map(({ name }) => visible(name)).join(' ')}`,
            'spillway services list',
          ]
        : ['spillway services list', 'spillway database health   # or do they wait there?'],
    culprits: [],
  };
}

/** One client holds most of what waits, and its messages do not fail: the others wait behind it. */
export function clientFlood(seen: Measurements): Finding | null {
  if (!seen.queueSample.ok) return null;
  const waiting = seen.queueSample.value.reduce((sum, one) => sum + one.waiting, 0);
  const client = largestOwner(seen.queueSample.value, 'byClient');
  if (client === null || waiting === 0) return null;
  const share = client.messages / waiting;
  if (share < floodShare || client.messages < floodMessages) return null;
  const failing = failedShare(seen);
  const name = seen.names.ok ? (seen.names.value.clients.get(client.id) ?? null) : null;
  const culprit = largestConversation(seen, waiting);
  const who = `client ${client.id}${name === null ? '' : ` "${visible(name)}"`}`;
  return {
    kind: 'client-flood',
    what: `One client floods the queues: ${percent(share)} of the ${whole(waiting)} waiting messages are of ${who}.`,
    evidence: [
      `about ${whole(client.messages)} of its messages wait (${interval(client)}, judged by ${many(sampled(seen), 'message')})`,
      ...(culprit === null ? [] : [conversationWords(culprit)]),
      ...deliveryEvidence(seen),
      ...ageEvidence(seen),
    ],
    confidence: Math.max(
      0.3,
      0.6 +
        (share >= 0.8 ? 0.2 : 0) +
        (waiting >= 50_000 ? 0.1 : 0) -
        (failing !== null && failing >= 0.5 ? 0.4 : 0),
    ),
    rulesOut: [],
    next: [
      `spillway activations pause --client ${client.id}   # no more is injected`,
      `spillway queue purge --client ${client.id} --dry-run   # what taking them out would do; they can be restored`,
    ],
    culprits: culprit === null ? [] : [culprit],
  };
}

function largestConversation(seen: Measurements, waiting: number): Culprit | null {
  if (!seen.queueSample.ok) return null;
  const owner = largestOwner(seen.queueSample.value, 'byConversation');
  if (owner === null) return null;
  const known = seen.names.ok ? seen.names.value.conversations.get(owner.id) : undefined;
  const activation = newestActivation(seen, owner.id);
  return {
    conversationId: owner.id,
    name: known?.name ?? `conversation ${owner.id}`,
    clientId: known?.clientId ?? null,
    client: known?.client ?? null,
    share: owner.messages / waiting,
    low: owner.low / waiting,
    high: owner.high / waiting,
    activationId: activation?.id ?? null,
    activatedAt: activation?.activatedAt ?? null,
  };
}

function conversationWords({ conversationId, name, share, activatedAt, activationId }: Culprit): string {
  const since =
    activatedAt === null ? '' : `, activated at ${activatedAt} (activation ${activationId ?? '?'})`;
  return `conversation ${conversationId} "${visible(name)}" alone is ${percent(share)}${since}`;
}

function interval({ low, high }: Estimate): string {
  return `${whole(low)}–${whole(high)}`;
}

function sampled({ queueSample }: Measurements): number {
  if (!queueSample.ok) return 0;
  return queueSample.value.flatMap(({ pages }) => pages).reduce((sum, page) => sum + page.messages, 0);
}

function ageEvidence({ volume }: Measurements): string[] {
  if (!volume.ok) return [];
  const { oldestAgeSeconds, secondsToDrain } = volume.value.totals;
  const drain = secondsToDrain === null ? 'not at the present rates' : `in ${span(secondsToDrain)}`;
  return [`the oldest message has waited for ${span(oldestAgeSeconds ?? 0)}; the queues drain ${drain}`];
}

/** Services that say of themselves that they are not well, where nothing else tells more. */
export function unhealthyService(seen: Measurements): Finding | null {
  const sick = unhealthy(seen);
  if (sick.length === 0 || !seen.services.ok) return null;
  return {
    kind: 'unhealthy-service',
    what: `${sick.length} of ${many(seen.services.value.length, 'service')} not healthy: ${listed(
      sick.map(({ name }) => visible(name)),
      4,
    )}.`,
    evidence: sick.slice(0, mostServices).map(serviceWords),
    confidence: 0.6,
    rulesOut: [],
    next: [`spillway services restart ${sick.map(({ name }) => visible(name)).join(' ')}`],
    culprits: [],
  };
}

function unhealthy({ services }: Measurements) {
  return services.ok ? services.value.filter(({ healthy }) => healthy === false) : [];
}

function serviceWords({ name, detail }: { readonly name: string; readonly detail: string }): string {
  return `${visible(name)} (${visible(detail)})`;
}
