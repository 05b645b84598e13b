import { Flags } from '@oclif/core';
import { changeFlags, targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';

export default class CanarySend extends TargetCommand {
  static override summary = 'send a synthetic message through every channel and wait for it';
  static override description = 'A message that is not delivered within the limit makes the command exit 4.';
  static override examples = [
    '<%= config.bin %> canary send --yes',
    '<%= config.bin %> canary send --within 10 --yes',
  ];
  static override flags = {
    ...targetFlags,
    ...changeFlags,
    within: Flags.integer({ description: 'seconds that a delivery may take', default: 30, min: 1, max: 600 }),
    channel: Flags.string({ description: 'only this channel', multiple: true }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(CanarySend);
    await this.change(flags, 'canary.send', {
      withinSeconds: flags.within,
      ...(flags.channel === undefined ? {} : { channels: flags.channel }),
    });
  }
}
