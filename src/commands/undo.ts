import { Args } from '@oclif/core';
import { changeFlags, targetFlags } from '../lib/cli/base-command.ts';
import { TargetCommand } from '../lib/cli/target-command.ts';
import { undoSteps } from '../lib/engine/execute.ts';
import { stepsToUndo, undoPlan } from '../lib/engine/undo-plan.ts';
import { runsOf } from '../lib/journal/history.ts';
import { renderPlan, renderSteps } from '../lib/views/plan.ts';

export default class Undo extends TargetCommand {
  static override summary = 'bring back what a step, or a whole run, changed';
  static override description =
    'Newest step first. What was journaled before the change is what it goes back to. Steps that are undone already are left alone.';
  static override examples = [
    '<%= config.bin %> journal show',
    '<%= config.bin %> undo step-k7m2xqab --yes',
    '<%= config.bin %> undo run-k7m2xqab --dry-run',
  ];
  static override args = { id: Args.string({ description: 'id of a step or of a run', required: true }) };
  static override flags = { ...targetFlags, ...changeFlags };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Undo);
    await this.withSession(flags, async (session) => {
      const steps = stepsToUndo(runsOf(await session.env.journal.read()), args.id);
      const plan = undoPlan(session.target, steps, session.env.clock.now());
      if (flags['dry-run'] || steps.length === 0) {
        this.show(
          flags.json,
          'plan/1',
          plan,
          () =>
            `${renderPlan(plan, 'reversible', this.streams.outStyle)}${flags['dry-run'] ? '\n\nDry run: nothing was changed.' : ''}`,
        );
        return;
      }
      const consent = await this.asker(flags)(plan, 'reversible');
      const operations = new Map(
        await Promise.all(
          steps.map(async (step) => [step.operation, await session.operationOf(step.operation)] as const),
        ),
      );
      const run = await undoSteps(
        session.env,
        steps,
        (id) => {
          const operation = operations.get(id);
          if (operation === undefined) throw new RangeError(`no operation ${id}`);
          return operation;
        },
        { incidentId: await this.incidentOf(session, flags.incident), takeOver: flags['take-over'], consent },
      );
      await session.mirrorJournal();
      this.show(
        flags.json,
        'undo/1',
        { target: session.target, runId: run.id, undone: steps.map((step) => step.id), steps: run.steps },
        () =>
          [
            this.streams.outStyle.bold(
              `Undone: ${steps.length === 1 ? '1 step' : `${steps.length} steps`}, newest first.`,
            ),
            '',
            renderSteps(run.steps, this.streams.outStyle),
          ].join('\n'),
      );
    });
  }
}
