import { SpillwayError } from '../core/errors.ts';

/** Stands for a part that the target does not have: every method of it is SpillwayError `usage` that says what to configure. */
export function absent<Part extends object>(setting: 'postgres' | 'redis' | 'queue'): Part {
  const refuse = () => {
    throw new SpillwayError('usage', `this target has no \`${setting}\`, which this needs.`, {
      suggestions: [`add \`${setting}\` to the target: see docs/configuration.md`],
    });
  };
  return new Proxy({} as Part, {
    get: (_part, member) => (member === 'then' ? undefined : async () => refuse()),
  });
}
