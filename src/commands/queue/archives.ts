import { Args, Flags } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { type QueueArchives, renderArchives } from '../../lib/views/queue.ts';

export default class QueueArchivesCommand extends TargetCommand {
  static override summary = 'archives of purged messages; with an id, what is in it';
  static override examples = [
    '<%= config.bin %> queue archives',
    '<%= config.bin %> queue archives purge-k7m2xq --verify',
  ];
  static override args = { archive: Args.string({ description: 'id of an archive' }) };
  static override flags = {
    ...targetFlags,
    verify: Flags.boolean({ description: 'read everything and compare the checksums' }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(QueueArchivesCommand);
    const input = {
      ...(args.archive === undefined ? {} : { archiveId: args.archive }),
      verify: flags.verify,
    };
    await this.diagnose<QueueArchives>(flags, 'queue.archives', input, 'queue.archives/1', (data) =>
      renderArchives(data, this.streams.outStyle),
    );
  }
}
