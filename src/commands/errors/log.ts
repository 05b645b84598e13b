import { Flags } from '@oclif/core';
import { changeFlags, targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { type ErrorLogSwitch, renderErrorLogSwitch } from '../../lib/views/errors.ts';

export default class ErrorsLog extends TargetCommand {
  static override summary = 'show or set the error-log switch: full, sample 1 in N, or off';
  static override description =
    'Anything but full has a time to live, after which the orchestrator writes every error again by itself.';
  static override examples = [
    '<%= config.bin %> errors log',
    '<%= config.bin %> errors log --sample 100 --for 30',
    '<%= config.bin %> errors log --full',
  ];
  static override flags = {
    ...targetFlags,
    ...changeFlags,
    full: Flags.boolean({ description: 'write every error', exclusive: ['sample', 'off'] }),
    sample: Flags.integer({
      description: 'write one error in N',
      helpValue: 'N',
      min: 2,
      exclusive: ['full', 'off'],
    }),
    off: Flags.boolean({ description: 'write no errors', exclusive: ['full', 'sample'] }),
    for: Flags.integer({
      description: 'minutes until it is full again',
      default: 60,
      min: 1,
      max: 1440,
      helpValue: 'MINUTES',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ErrorsLog);
    const mode = flags.full ? 'full' : flags.off ? 'off' : flags.sample === undefined ? null : 'sample';
    if (mode === null) {
      await this.diagnose<ErrorLogSwitch>(flags, 'errors.log', {}, 'errors.log/1', (data) =>
        renderErrorLogSwitch(data, this.streams.outStyle),
      );
      return;
    }
    await this.change(flags, 'errors.log.set', {
      mode,
      ...(flags.sample === undefined ? {} : { sampleEvery: flags.sample }),
      ...(mode === 'full' ? {} : { ttlSeconds: flags.for * 60 }),
    });
  }
}
