import { Flags } from '@oclif/core';
import { targetFlags } from '../lib/cli/base-command.ts';
import { TargetCommand } from '../lib/cli/target-command.ts';
import { renderVolume, type VolumeData } from '../lib/views/volume.ts';

export default class Volume extends TargetCommand {
  static override summary = 'messages waiting and in work, by channel, and how long they will take';
  static override description =
    'Two readings of the queues a window apart: what comes in and goes out each second, the age of the oldest message, the time to drain; and the time to drain after a purge of the conversations that write the errors, or of those given.';
  static override examples = [
    '<%= config.bin %> volume',
    '<%= config.bin %> volume --window 10 --no-forecast',
    '<%= config.bin %> volume --without 12,15   # as if these were purged',
  ];
  static override flags = {
    ...targetFlags,
    window: Flags.integer({ description: 'seconds between the two readings', default: 2, min: 1, max: 60 }),
    forecast: Flags.boolean({
      description:
        'what a purge of the culprits would leave; needs a few pages of the queues and of the error log',
      default: true,
      allowNo: true,
    }),
    without: Flags.integer({
      description: 'the culprits of the forecast, instead of those that write the errors',
      helpValue: 'CONVERSATION',
      multiple: true,
      delimiter: ',',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Volume);
    await this.diagnose<VolumeData>(
      flags,
      'volume.show',
      {
        windowMs: flags.window * 1_000,
        forecast: flags.forecast,
        ...(flags.forecast && flags.without !== undefined ? { conversationIds: flags.without } : {}),
      },
      'volume/1',
      (data) => renderVolume(data, this.streams.outStyle),
    );
  }
}
