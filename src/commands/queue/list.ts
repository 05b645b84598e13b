import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { type QueueList, renderDepths } from '../../lib/views/queue.ts';

export default class QueueListCommand extends TargetCommand {
  static override summary = 'the queues: waiting, in work, delivered, failed, taken out';
  static override examples = ['<%= config.bin %> queue list'];
  static override flags = { ...targetFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(QueueListCommand);
    await this.diagnose<QueueList>(flags, 'queue.list', {}, 'queue.list/1', (data) =>
      renderDepths(data, this.streams.outStyle),
    );
  }
}
