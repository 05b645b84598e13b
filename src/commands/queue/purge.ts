import { Flags } from '@oclif/core';
import { changeFlags, targetFlags } from '../../lib/cli/base-command.ts';
import { selectionOf, TargetCommand } from '../../lib/cli/target-command.ts';

export default class QueuePurge extends TargetCommand {
  static override summary =
    'take messages out of the queues: quarantined, archived and verified, then released';
  static override description =
    'Nothing is lost: every message is in a checksummed archive before it leaves the store, and `queue restore` puts it back where it was. Messages in work are not touched.';
  static override examples = [
    '<%= config.bin %> queue purge --conversation 12 --conversation 15 --dry-run',
    '<%= config.bin %> queue purge --all --confirm lab',
  ];
  static override flags = {
    ...targetFlags,
    ...changeFlags,
    all: Flags.boolean({
      description: 'every waiting message',
      exactlyOne: ['all', 'client', 'conversation', 'activation'],
    }),
    client: Flags.integer({
      description: 'messages of this client',
      helpValue: 'ID',
      multiple: true,
      delimiter: ',',
    }),
    conversation: Flags.integer({
      description: 'messages of this conversation',
      helpValue: 'ID',
      multiple: true,
      delimiter: ',',
    }),
    activation: Flags.integer({
      description: 'messages of this activation',
      helpValue: 'ID',
      multiple: true,
      delimiter: ',',
    }),
    channel: Flags.string({ description: 'only in this channel', multiple: true }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(QueuePurge);
    await this.change(flags, 'queue.purge', {
      ...selectionOf(flags),
      ...(flags.channel === undefined ? {} : { channels: flags.channel }),
    });
  }
}
