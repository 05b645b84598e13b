import { visible } from '../../../core/visible.ts';
import type { Finding } from '../finding.ts';
import type { Measurements } from '../measurements.ts';
import { listed, many, span } from '../words.ts';

/** One thing that is held back: what, since when, by whom, and how it is given free. */
interface HeldBack {
  readonly words: string;
  readonly since: string | null;
  readonly release: string;
}

/** A switch, a stop or a pause that nobody is at work on any more. While an incident is open they are its corrective actions. */
export function leftBehind(seen: Measurements): Finding | null {
  const held = heldBack(seen);
  if (held.length === 0) return null;
  const oldest = held.flatMap(({ since }) => (since === null ? [] : [since])).sort()[0];
  const open = seen.incidentOpen === true;
  return {
    kind: 'left-behind',
    what: open
      ? `${held.length === 1 ? 'One thing is' : `${held.length} things are`} held back while the incident is open: ${held[0]?.words ?? ''}${held.length > 1 ? ' and more' : ''}.`
      : `Left behind${oldest === undefined ? '' : ` for ${span(ageSeconds(seen, oldest))}`}, with no incident open: ${held[0]?.words ?? ''}${held.length > 1 ? ` and ${held.length - 1} more` : ''}.`,
    evidence: held.map(({ words, since }) => (since === null ? words : `${words} at ${since}`)),
    confidence: open ? 0.2 : 0.65,
    rulesOut: [],
    next: [...new Set(held.map(({ release }) => release))],
    culprits: [],
  };
}

function ageSeconds({ measuredAt }: Measurements, since: string): number {
  return Math.max(0, (Date.parse(measuredAt) - Date.parse(since)) / 1_000);
}

function heldBack({ switches, stopped, paused }: Measurements): HeldBack[] {
  const held: HeldBack[] = [];
  const by = (actor: string | null) => `by ${visible(actor ?? 'unknown')}`;
  if (switches.ok) {
    const { injection, errorLog } = switches.value;
    if (injection.state === 'off')
      held.push({
        words: `injection was switched off ${by(injection.updatedBy)}`,
        since: injection.updatedAt,
        release: 'spillway activations resume --all',
      });
    if (errorLog.effectiveMode !== 'full')
      held.push({
        words: `the error log was set to ${errorLog.effectiveMode === 'off' ? 'off' : `1 in ${errorLog.sampleEvery ?? '?'}`} ${by(errorLog.updatedBy)}`,
        since: errorLog.updatedAt,
        release: 'spillway errors log --full',
      });
  }
  if (stopped.ok && stopped.value.length > 0)
    held.push({
      words: `${many(stopped.value.length, 'conversation')} stopped ${by(stopped.value[0]?.updatedBy ?? null)}: ${listed(
        stopped.value.map(({ id }) => String(id)),
        8,
      )}`,
      since: stopped.value[0]?.updatedAt ?? null,
      release: `spillway conversations resume ${stopped.value.map(({ id }) => id).join(' ')}`,
    });
  if (paused.ok && paused.value.length > 0)
    held.push({
      words: `${many(paused.value.length, 'activation')} paused ${by(paused.value[0]?.updatedBy ?? null)}: ${listed(
        paused.value.map(({ id }) => String(id)),
        8,
      )}`,
      since: paused.value[0]?.updatedAt ?? null,
      release: `spillway activations resume --activation ${paused.value.map(({ id }) => id).join(',')}`,
    });
  return held;
}
