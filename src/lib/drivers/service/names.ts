import { SpillwayError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { visible } from '../../core/visible.ts';

/** The error for a service that the target does not have: what exists, the nearest name first. */
export function unknownService(name: string, known: readonly string[]): SpillwayError {
  const near = nearest(name, known);
  const exists =
    known.length === 0 ? 'The target has no services configured.' : `Configured are: ${known.join(', ')}.`;
  return new SpillwayError('usage', `There is no service "${visible(name)}". ${exists}`, {
    suggestions: near.length > 0 ? near.map((one) => `did you mean ${one}?`) : ['spillway services list'],
    details: { service: name },
  });
}
