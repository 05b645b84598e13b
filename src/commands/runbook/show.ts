import { Args } from '@oclif/core';
import { SpillwayCommand } from '../../lib/cli/base-command.ts';
import { findRunbook } from '../../lib/cli/runbook-files.ts';
import { renderRunbook } from '../../lib/views/runbook.ts';

export default class RunbookShow extends SpillwayCommand {
  static override summary = 'a runbook: its steps, why each is there, and its inputs';
  static override examples = ['<%= config.bin %> runbook show error-log-storm'];
  static override args = {
    runbook: Args.string({ description: 'name or file of the runbook', required: true }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(RunbookShow);
    const { book } = await findRunbook(args.runbook);
    this.show(flags.json, 'runbook.show/1', { runbook: book }, () =>
      renderRunbook(book, this.streams.outStyle),
    );
  }
}
