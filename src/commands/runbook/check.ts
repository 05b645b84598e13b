import { Args } from '@oclif/core';
import { SpillwayCommand } from '../../lib/cli/base-command.ts';
import { findRunbook } from '../../lib/cli/runbook-files.ts';

export default class RunbookCheck extends SpillwayCommand {
  static override summary = 'check a runbook file: syntax, steps, operations, expressions';
  static override description = 'What is wrong is named with file, line and column. Needs no target.';
  static override examples = ['<%= config.bin %> runbook check ./runbooks/ours.yaml'];
  static override args = {
    runbook: Args.string({ description: 'name or file of the runbook', required: true }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(RunbookCheck);
    const { book, file } = await findRunbook(args.runbook);
    this.show(
      flags.json,
      'runbook.check/1',
      { file, id: book.id, steps: book.steps.length, ok: true },
      () => `${file}: fine, ${book.steps.length} steps.`,
    );
  }
}
