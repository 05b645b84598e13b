import { Flags } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { type ErrorsTop, renderErrorsTop } from '../../lib/views/errors.ts';

export default class ErrorsTopCommand extends TargetCommand {
  static override summary = 'the conversations that write the errors now, by their share';
  static override description =
    'Reads the newest rows of the error log only: the cost is bounded, whatever the size of the table.';
  static override examples = [
    '<%= config.bin %> errors top',
    '<%= config.bin %> errors top --probes 5 --json',
  ];
  static override flags = {
    ...targetFlags,
    probes: Flags.integer({ description: 'how often the newest rows are read', default: 3, min: 1, max: 20 }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ErrorsTopCommand);
    await this.diagnose<ErrorsTop>(flags, 'errors.top', { probes: flags.probes }, 'errors.top/1', (data) =>
      renderErrorsTop(data, this.streams.outStyle),
    );
  }
}
