import { Args } from '@oclif/core';
import { changeFlags, targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';

export default class QueueRestore extends TargetCommand {
  static override summary = 'put the messages of an archive back where they were';
  static override description =
    'Byte for byte and in their old order. A second restore of the same archive adds nothing.';
  static override examples = [
    '<%= config.bin %> queue archives',
    '<%= config.bin %> queue restore purge-k7m2xq --dry-run',
  ];
  static override args = { archive: Args.string({ description: 'id of the archive', required: true }) };
  static override flags = { ...targetFlags, ...changeFlags };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(QueueRestore);
    await this.change(flags, 'queue.restore', { archiveId: args.archive });
  }
}
