import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { renderSnapshots, type SnapshotList } from '../../lib/views/snapshot.ts';

export default class SnapshotListCommand extends TargetCommand {
  static override summary = 'snapshots of the target, newest first';
  static override examples = ['<%= config.bin %> snapshot list'];
  static override flags = { ...targetFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(SnapshotListCommand);
    await this.diagnose<SnapshotList>(flags, 'snapshot.list', {}, 'snapshot.list/1', (data) =>
      renderSnapshots(data, this.streams.outStyle),
    );
  }
}
