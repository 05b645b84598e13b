import { SpillwayError } from '../core/errors.ts';
import type { Impact } from '../core/operation.ts';
import type { Consent } from './environment.ts';

/**
 * The last word on consent, in the engine and not in a screen: `destructive` needs the target's name, everything else that changes something a yes (or the name).
 * Throws SpillwayError `refused`.
 */
export function demandConsent(impact: Impact, target: string, consent: Consent): void {
  if (impact === 'read') return;
  const named = consent.targetTyped === target;
  if (consent.targetTyped !== null && !named) {
    throw new SpillwayError(
      'refused',
      `"${consent.targetTyped}" is not the name of this target, which is "${target}"; nothing was changed.`,
      {
        suggestions: [`--confirm ${target}`],
      },
    );
  }
  if (impact === 'destructive' && !named) {
    throw new SpillwayError(
      'refused',
      `a destructive change needs the target's name; a plain yes is not enough. Nothing was changed.`,
      {
        suggestions: [`--confirm ${target}`],
      },
    );
  }
  if (!named && !consent.yes) {
    throw new SpillwayError('refused', 'not confirmed; nothing was changed.', {
      suggestions: ['--yes', `--confirm ${target}`],
    });
  }
}
