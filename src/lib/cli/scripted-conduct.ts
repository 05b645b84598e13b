import { SpillwayError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Consent } from '../engine/environment.ts';
import type { Conduct, Decision } from '../runbook/conduct.ts';
import { renderPlan } from '../views/plan.ts';
import { Narration } from './runbook-narration.ts';
import type { Streams } from './streams.ts';

/** What the operator decided beforehand, by flag or file. */
export interface Answers {
  /** Step id → reason. */
  readonly skip: Readonly<Record<string, string>>;
  /** Step id → the values to tick instead of the default. */
  readonly choose: Readonly<Record<string, readonly Json[]>>;
}

/** Nobody is asked: consent was given by flag, choices by flag, file or the book's own default. */
export function scriptedConduct(streams: Streams, consent: Consent, answers: Answers): Conduct {
  const narration = new Narration(streams);
  const decide = (stepId: string): Promise<Decision> => {
    const reason = answers.skip[stepId];
    return Promise.resolve(reason === undefined ? { kind: 'apply', consent } : { kind: 'skip', reason });
  };
  return {
    applies: true,
    announce: (view) => narration.announce(view, false),
    async choose({ step }, items) {
      const chosen = answers.choose[step.id];
      if (chosen === undefined) return items.filter((item) => item.chosen).map((item) => item.value);
      const unknown = chosen.filter((value) => !items.some((item) => item.value === value));
      if (unknown.length > 0) {
        throw new SpillwayError(
          'usage',
          `step ${step.id} offers ${items.map((item) => JSON.stringify(item.value)).join(', ')}, not ${unknown.map((value) => JSON.stringify(value)).join(', ')}.`,
        );
      }
      return chosen;
    },
    decideRead: ({ step }) => decide(step.id),
    decideChange: ({ step }) => decide(step.id),
    finished: (_view, result) => narration.finished(result),
    branched: (_view, title, to) => narration.branched(title, to),
  };
}

/** Plans every step and applies none. */
export function auditConduct(streams: Streams): Conduct {
  const narration = new Narration(streams);
  const consent: Consent = { targetTyped: null, yes: false, how: 'audit' };
  return {
    applies: false,
    announce: (view) => narration.announce(view, true),
    choose: async (_view, items) => items.filter((item) => item.chosen).map((item) => item.value),
    decideRead: async () => ({ kind: 'apply', consent }),
    decideChange: async () => ({ kind: 'stop' }),
    finished(_view, result, planned) {
      narration.finished(result);
      if (planned !== null)
        streams.err(
          indent(
            renderPlan(planned.plan, planned.impact, streams.errStyle)
              .split('\n')
              .slice(1)
              .join('\n')
              .trimStart(),
          ),
        );
    },
    branched: (_view, title, to) => narration.branched(`now it would choose: ${title}`, to),
  };
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `      ${line}`))
    .join('\n');
}
