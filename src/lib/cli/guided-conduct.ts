import { SpillwayError } from '../core/errors.ts';
import type { Consent } from '../engine/environment.ts';
import type { Conduct, Decision, StepView } from '../runbook/conduct.ts';
import { renderCommands, renderPlan } from '../views/plan.ts';
import type { Prompts } from './prompts.ts';
import { Narration } from './runbook-narration.ts';
import type { Streams } from './streams.ts';

type Answer = 'apply' | 'skip' | 'commands' | 'note' | 'stop';

/** A person decides step by step: apply, skip with a reason, see the commands, add a note, stop. */
export function guidedConduct(streams: Streams, prompts: Prompts, target: string): Conduct {
  const narration = new Narration(streams);

  /** Asks until the answer is one that decides; `commands` is null for a step that only reads. */
  async function decide(
    view: StepView,
    question: string,
    apply: string,
    commands: string | null,
    consent: () => Promise<Consent | null>,
    note: (text: string) => Promise<void>,
  ): Promise<Decision> {
    for (;;) {
      const answer = await prompts.menu<Answer>(question, [
        { name: apply, value: 'apply' },
        { name: 'Skip it (with a reason)', value: 'skip' },
        ...(commands === null ? [] : [{ name: 'See the commands', value: 'commands' as const }]),
        { name: 'Add a note to the timeline', value: 'note' },
        { name: 'Stop here (resume later)', value: 'stop' },
      ]);
      if (answer === 'stop') return { kind: 'stop' };
      if (answer === 'commands') streams.err(`\n${commands}\n`);
      if (answer === 'note') await takeNote(note);
      if (answer === 'skip') {
        const reason = await prompts.text(`Why is "${view.step.title}" skipped?`);
        if (reason !== '') return { kind: 'skip', reason };
        streams.err('A skipped step needs a reason.');
      }
      if (answer === 'apply') {
        const given = await consent();
        if (given !== null) return { kind: 'apply', consent: given };
      }
    }
  }

  async function takeNote(note: (text: string) => Promise<void>): Promise<void> {
    const text = await prompts.text('Note:');
    if (text !== '') await note(text);
  }

  /** The target's name for a destructive step; anything else is no consent and leads back to the menu. */
  async function typedName(): Promise<Consent | null> {
    const typed = await prompts.text(
      `Destructive. Type the target's name (${target}) to apply, Enter to go back:`,
    );
    if (typed === target) return { targetTyped: typed, yes: true, how: 'typed at the prompt' };
    if (typed !== '') streams.err(`"${typed}" is not "${target}": nothing was changed.`);
    return null;
  }

  const yes: Consent = { targetTyped: null, yes: true, how: 'answered at the prompt' };
  return {
    applies: true,
    announce: (view) => narration.announce(view, true),
    async choose(view, items) {
      if (items.length === 0)
        throw new SpillwayError('check-failed', `step ${view.step.id} has nothing to choose from.`);
      const entries = items.map(({ value, label, chosen }) => ({ name: label, value, checked: chosen }));
      return prompts.tick('Which? (space ticks, Enter goes on)', entries);
    },
    decideRead: (view, note) => decide(view, 'Measure this now?', 'Measure', null, async () => yes, note),
    decideChange(view, plan, impact, note) {
      streams.err(`\n${renderPlan(plan, impact, streams.errStyle)}\n`);
      const apply = impact === 'external' ? 'Send it' : 'Apply it';
      return decide(
        view,
        'What now?',
        apply,
        renderCommands(plan),
        impact === 'destructive' ? typedName : async () => yes,
        note,
      );
    },
    finished: (_view, result) => narration.finished(result),
    branched: (_view, title, to) => narration.branched(title, to),
  };
}
