import { Flags } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import type { ErrorsRateSeen } from '../../lib/operations/errors/rate.ts';
import { renderErrorsRate } from '../../lib/views/errors-rate.ts';

export default class ErrorsRateCommand extends TargetCommand {
  static override summary = 'writes per second to the error-log tables, and when the storm began';
  static override description =
    "Takes the server's counters once a second, and looks at some 50 single pages of the log to find the moment at which the rate rose.";
  static override examples = [
    '<%= config.bin %> errors rate',
    '<%= config.bin %> errors rate --window 30 --json',
  ];
  static override flags = {
    ...targetFlags,
    window: Flags.integer({ description: 'seconds to look', default: 8, min: 1, max: 60 }),
    onset: Flags.boolean({ description: 'also when the storm began', default: true, allowNo: true }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ErrorsRateCommand);
    const input = { windowSeconds: flags.window, samples: flags.window, onset: flags.onset };
    await this.diagnose<ErrorsRateSeen>(flags, 'errors.rate', input, 'errors.rate/1', (data) =>
      renderErrorsRate(data, this.streams.outStyle),
    );
  }
}
