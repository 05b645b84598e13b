import { Args, Flags } from '@oclif/core';
import { changeFlags, targetFlags } from '../../lib/cli/base-command.ts';
import { pairs, RunbookCommand, wordToJson } from '../../lib/cli/runbook-command.ts';
import { findRunbook } from '../../lib/cli/runbook-files.ts';

export default class RunbookRun extends RunbookCommand {
  static override summary = 'run a runbook: guided, scripted, or as a dry-run audit';
  static override description =
    'At a terminal each step is explained and asked for. With --confirm TARGET nobody is asked. With --dry-run every step is planned and nothing is changed.';
  static override examples = [
    '<%= config.bin %> runbook run error-log-storm',
    '<%= config.bin %> runbook run error-log-storm --dry-run',
    '<%= config.bin %> runbook run error-log-storm --no-input --confirm lab',
  ];
  static override args = {
    runbook: Args.string({ description: 'name or file of the runbook', required: true }),
  };
  static override flags = {
    ...targetFlags,
    ...changeFlags,
    input: Flags.string({
      char: 'i',
      description: 'value of an input',
      helpValue: 'NAME=VALUE',
      multiple: true,
    }),
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
    answers: Flags.string({ description: 'YAML file with inputs, skip and choose', helpValue: 'FILE' }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(RunbookRun);
    await this.withSession(flags, async (session) => {
      const { book, inputsOf } = await findRunbook(args.runbook);
      const answers = await this.readAnswers(flags);
      const typed = Object.fromEntries(
        Object.entries(pairs(flags.input, '--input name=value')).map(([name, word]) => [
          name,
          wordToJson(word),
        ]),
      );
      const inputs = inputsOf({ ...answers.inputs, ...typed });
      const conduct = this.conductFor(flags, session.target, answers);
      await this.walk(session, flags, { book, inputs, conduct, history: null });
    });
  }
}
