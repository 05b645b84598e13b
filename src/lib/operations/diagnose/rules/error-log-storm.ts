import { visible } from '../../../core/visible.ts';
import type { ActivationRecord } from '../../../orchestrator/contract.ts';
import { isUnavailable } from '../../database/view.ts';
import { culpritShare, noticeableErrorsPerSecond } from '../../errors/writers.ts';
import type { Culprit, Finding } from '../finding.ts';
import type { Measurements } from '../measurements.ts';
import { listed, percent, rate, span, whole } from '../words.ts';

/** Errors are written faster than is usual, and that is what the database or the consumers are busy with. */
export function errorLogStorm(seen: Measurements): Finding | null {
  const perSecond = errorsPerSecond(seen);
  const failing = failedShare(seen);
  if (perSecond === null) return failing === null || failing < 0.5 ? null : failuresOnly(seen, failing);
  if (perSecond < noticeableErrorsPerSecond) return null;
  const culprits = culpritsOf(seen);
  const share = culprits.reduce((sum, one) => sum + one.share, 0);
  const stale = seen.errorsTop.ok && !seen.errorsTop.value.freshness.ok;
  const slow = deliveredShare(seen);
  const confidence =
    0.55 +
    (seen.errorCost.ok && seen.errorCost.value.share >= 0.5 ? 0.2 : 0) +
    (failing !== null && failing >= 0.5 ? 0.15 : 0) +
    (slow !== null && slow < 0.8 ? 0.1 : 0) -
    (stale ? 0.15 : 0);
  return {
    kind: 'error-log-storm',
    what:
      culprits.length === 0
        ? `The error log is the bottleneck: ${rate(perSecond)} errors are written; by whom is not known.`
        : `The error log is the bottleneck: ${rate(perSecond)} errors are written, ${percent(share)} of them by ${culprits.length} conversation${culprits.length === 1 ? '' : 's'}.`,
    evidence: [
      ...costEvidence(seen),
      ...culpritEvidence(seen, culprits),
      ...activationEvidence(seen, culprits),
      ...deliveryEvidence(seen),
      ...(stale ? ['the rows read are not the newest ones: take the culprits with care'] : []),
    ],
    confidence: Math.min(0.98, confidence),
    rulesOut: [],
    next: [
      ...(seen.incidentOpen === true
        ? []
        : ['spillway runbook run error-log-storm   # all 14 corrective actions, guided']),
      ...(culprits.length === 0
        ? ['spillway activations pause --all   # no more is injected', 'spillway errors top']
        : [`spillway conversations stop ${culprits.map(({ conversationId }) => conversationId).join(' ')}`]),
      'spillway volume   # what a purge of them would leave',
    ],
    culprits,
  };
}

/** Of what leaves the queues, what failed: 0–1; null when that is not known or nothing leaves them. */
export function failedShare({ volume }: Measurements): number | null {
  if (!volume.ok || volume.value.totals.outPerSecond === 0) return null;
  return volume.value.totals.failedPerSecond / volume.value.totals.outPerSecond;
}

function deliveredShare({ volume }: Measurements): number | null {
  return volume.ok ? volume.value.totals.share : null;
}

/** The counters of a session may come late, rows that were read are there in any case: the larger counts. */
export function errorsPerSecond({ errorRate, errorsTop }: Measurements): number | null {
  if (!errorRate.ok && !errorsTop.ok) return null;
  return Math.max(
    errorRate.ok ? errorRate.value.errorsPerSecond : 0,
    errorsTop.ok ? errorsTop.value.window.insertsPerSecond : 0,
  );
}

/** Postgres does not say what is written, but the queues' own counters say that most messages fail. */
function failuresOnly(seen: Measurements, failing: number): Finding {
  const out = seen.volume.ok ? seen.volume.value.totals.failedPerSecond : 0;
  return {
    kind: 'error-log-storm',
    what: `Most messages fail (${percent(failing)} of what leaves the queues); whether the error log is the bottleneck could not be seen.`,
    evidence: [`${rate(out)} messages fail`, ...deliveryEvidence(seen)],
    confidence: 0.5,
    rulesOut: [],
    next: ['spillway errors top   # as soon as Postgres answers', 'spillway activations pause --all'],
    culprits: [],
  };
}

function culpritsOf(seen: Measurements): Culprit[] {
  if (!seen.errorsTop.ok) return [];
  return seen.errorsTop.value.conversations
    .filter(({ share }) => share >= culpritShare)
    .map(({ conversationId, name, clientId, client, share, low, high }) => {
      const activation = newestActivation(seen, conversationId);
      return {
        ...{ conversationId, name, clientId, client, share, low, high },
        activationId: activation?.id ?? null,
        activatedAt: activation?.activatedAt ?? null,
      };
    });
}

/** The latest activation of a conversation that has a number of messages: an open-ended one began long ago. */
export function newestActivation(
  { activations }: Measurements,
  conversationId: number,
): ActivationRecord | null {
  if (!activations.ok) return null;
  const own = activations.value.filter(
    (one) => one.conversationId === conversationId && one.activatedAt !== null,
  );
  const limited = own.filter(({ totalMessages }) => totalMessages !== null);
  const [newest] = (limited.length > 0 ? limited : own).sort((a, b) =>
    (b.activatedAt ?? '').localeCompare(a.activatedAt ?? ''),
  );
  return newest ?? null;
}

function costEvidence({ errorCost, errorRate }: Measurements): string[] {
  const table = errorRate.ok ? errorRate.value.errorLog.table : 'the error log';
  if (!errorCost.ok || errorCost.value.share === 0) return [];
  const { share, msPerError } = errorCost.value;
  const each =
    msPerError === null ? '' : `, ${msPerError.toFixed(msPerError < 10 ? 1 : 0)} ms for each error`;
  return [`statements on ${table} and its totals take ${percent(share)} of the database's time${each}`];
}

function culpritEvidence({ errorsTop }: Measurements, culprits: readonly Culprit[]): string[] {
  if (!errorsTop.ok) return [`who writes them: ${errorsTop.reason}`];
  const named = culprits.map(
    ({ conversationId, name, share, low, high }) =>
      `${conversationId} "${visible(name)}" ${percent(share)} (${percent(low)}–${percent(high)})`,
  );
  return named.length === 0 ? [] : [`who writes them now: ${listed(named, 8)}`];
}

/** When the errors began, as the log's own pages tell. */
function onsetOf({ errorsTop }: Measurements): string | null {
  if (!errorsTop.ok) return null;
  const since = errorsTop.value.sinceOnset;
  if (since === null || isUnavailable(since)) return null;
  return since.onset?.at ?? null;
}

/** What ties the culprits together: when they were activated, and that the errors began then. */
function activationEvidence(seen: Measurements, culprits: readonly Culprit[]): string[] {
  const { measuredAt } = seen;
  const onset = onsetOf(seen);
  const times = culprits.flatMap(({ activatedAt }) =>
    activatedAt === null ? [] : [Date.parse(activatedAt)],
  );
  const began = onset === null ? [] : [`the errors began at ${onset}`];
  if (times.length === 0) return began;
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const ago = span((Date.parse(measuredAt) - last) / 1_000);
  const at = new Date(first).toISOString();
  if (times.length === 1) return [`it was activated at ${at}, ${ago} ago`, ...began];
  return [
    `${times.length} of the ${culprits.length} were activated within ${span((last - first) / 1_000)} of each other, from ${at}: ${ago} ago`,
    ...began,
  ];
}

export function deliveryEvidence({ volume, expectedDeliveriesPerSecond }: Measurements): string[] {
  if (!volume.ok) return [];
  const { failedPerSecond, deliveredPerSecond, share, waiting } = volume.value.totals;
  const expected =
    share === null || expectedDeliveriesPerSecond === null
      ? ''
      : `, ${percent(share)} of the expected ${rate(expectedDeliveriesPerSecond)}`;
  return [
    `${rate(failedPerSecond)} messages fail and ${rate(deliveredPerSecond)} are delivered${expected}; ${whole(waiting)} wait`,
  ];
}
