import { Flags } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import type { ErrorsTopData } from '../../lib/operations/errors/top.ts';
import { renderErrorsTop } from '../../lib/views/errors-top.ts';

export default class ErrorsTopCommand extends TargetCommand {
  static override summary = 'who writes the errors, now and since the storm began, by share';
  static override description =
    'Reads the newest rows of the error log, then pages drawn at random out of those written since the storm began: the cost is bounded, whatever the size of the table.';
  static override examples = [
    '<%= config.bin %> errors top',
    '<%= config.bin %> errors top --by client --since 2h',
    '<%= config.bin %> errors top --exact',
    '<%= config.bin %> errors top --window 0 --probes 1 --json',
  ];
  static override flags = {
    ...targetFlags,
    by: Flags.string({
      description: 'what is ranked',
      options: ['conversation', 'client', 'activation', 'code', 'channel'],
      default: 'conversation',
    }),
    since: Flags.string({
      description: 'how far back: 15m, 2h, or a time; since the storm began unless told',
      helpValue: 'TIME',
    }),
    exact: Flags.boolean({
      description: 'count the candidates exactly, where an index or a standby makes that possible',
    }),
    limit: Flags.integer({ description: 'most lines', default: 10, min: 1, max: 100 }),
    probes: Flags.integer({ description: 'how often the newest rows are read', default: 3, min: 1, max: 20 }),
    window: Flags.integer({
      description: 'seconds over which the readings are spread',
      default: 2,
      min: 0,
      max: 60,
    }),
    sample: Flags.boolean({
      description: 'also the shares since the storm began',
      default: true,
      allowNo: true,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ErrorsTopCommand);
    const { by, since, exact, limit, probes, window: windowSeconds, sample } = flags;
    const input = {
      by,
      exact,
      limit,
      probes,
      windowSeconds,
      sample,
      ...(since === undefined ? {} : { since }),
    };
    await this.diagnose<ErrorsTopData>(flags, 'errors.top', input, 'errors.top/1', (data) =>
      renderErrorsTop(data, this.streams.outStyle),
    );
  }
}
