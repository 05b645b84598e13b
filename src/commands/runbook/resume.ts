import { Args, Flags } from '@oclif/core';
import { changeFlags, targetFlags } from '../../lib/cli/base-command.ts';
import { RunbookCommand } from '../../lib/cli/runbook-command.ts';
import type { JsonObject } from '../../lib/core/json.ts';
import { resumableRun } from '../../lib/engine/resumable.ts';
import { runsOf } from '../../lib/journal/history.ts';
import { runbookSchema } from '../../lib/runbook/schema.ts';

export default class RunbookResume extends RunbookCommand {
  static override summary = 'go on with a run that was stopped, failed or killed';
  static override description =
    'Finished steps are not repeated. A step whose outcome is not known is looked up in the target first. Works for runs of runbooks and of single commands.';
  static override examples = [
    '<%= config.bin %> runbook resume',
    '<%= config.bin %> runbook resume run-k7m2xqab --confirm lab',
  ];
  static override args = {
    run: Args.string({ description: 'id of the run; the newest that did not end well unless told' }),
  };
  static override flags = {
    ...targetFlags,
    ...changeFlags,
    skip: Flags.string({
      description: 'skip a step, with the reason',
      helpValue: 'STEP=REASON',
      multiple: true,
    }),
    choose: Flags.string({
      description: 'what to tick in a step',
      helpValue: 'STEP=VALUE,VALUE',
      multiple: true,
    }),
    answers: Flags.string({ description: 'YAML file with skip and choose', helpValue: 'FILE' }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(RunbookResume);
    await this.withSession(flags, async (session) => {
      const history = resumableRun(runsOf(await session.env.journal.read()), args.run ?? null);
      if (history.kind !== 'runbook') {
        await this.resumeOperationRun(session, flags, history);
        return;
      }
      const book = runbookSchema.parse(history.opening['book']);
      const conduct = this.conductFor(flags, session.target, await this.readAnswers(flags));
      await this.walk(session, flags, {
        book,
        inputs: history.opening['inputs'] as JsonObject,
        conduct,
        history,
      });
    });
  }
}
