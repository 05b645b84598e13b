import { SpillwayError } from '../core/errors.ts';
import type { Impact } from '../core/operation.ts';
import type { Plan } from '../core/plan.ts';
import type { AskConsent, Consent } from '../engine/environment.ts';
import { renderCommands, renderPlan } from '../views/plan.ts';
import type { Prompts } from './prompts.ts';
import type { Streams } from './streams.ts';

export interface ConsentFlags {
  readonly yes: boolean;
  readonly confirm: string | undefined;
  /** False for `--no-input`, `--json`, or no terminal. */
  readonly mayAsk: boolean;
}

/**
 * Consent by flag, else by asking at the terminal, else refused with the flag that is missing.
 * Whether it suffices is not decided here but by the engine.
 */
export function consentAsker(flags: ConsentFlags, streams: Streams, prompts: Prompts): AskConsent {
  return async (plan, impact) => {
    if (flags.confirm !== undefined) return { targetTyped: flags.confirm, yes: true, how: 'flag --confirm' };
    if (flags.yes) return { targetTyped: null, yes: true, how: 'flag --yes' };
    if (!flags.mayAsk) throw missingFlag(plan, impact);
    streams.err(`${renderPlan(plan, impact, streams.errStyle)}\n`);
    return askAtTerminal(plan, impact, streams, prompts);
  };
}

/** The questions themselves. */
async function askAtTerminal(
  plan: Plan<unknown>,
  impact: Impact,
  streams: Streams,
  prompts: Prompts,
): Promise<Consent> {
  for (;;) {
    if (impact === 'destructive') {
      const typed = await prompts.text(
        `Type the target's name (${plan.target}) to go on, c to see the commands, Enter to stop:`,
      );
      if (typed !== 'c')
        return { targetTyped: typed === '' ? null : typed, yes: false, how: 'typed at the prompt' };
    } else {
      const answer = await prompts.menu<'yes' | 'no' | 'commands'>(
        impact === 'external' ? 'Send it?' : 'Apply it?',
        [
          { name: 'No', value: 'no' },
          { name: 'Yes', value: 'yes' },
          { name: 'Show the commands', value: 'commands' },
        ],
      );
      if (answer !== 'commands')
        return { targetTyped: null, yes: answer === 'yes', how: 'answered at the prompt' };
    }
    streams.err(`\n${renderCommands(plan)}\n`);
  }
}

function missingFlag(plan: Plan<unknown>, impact: Impact): SpillwayError {
  const flag = impact === 'destructive' ? `--confirm ${plan.target}` : '--yes';
  return new SpillwayError(
    'refused',
    `${plan.operation} changes ${plan.target} and nobody can be asked here: ${flag} is missing. Nothing was changed.`,
    {
      suggestions: [flag, '--dry-run   # shows the plan'],
    },
  );
}
