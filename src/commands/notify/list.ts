import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import type { NotifyListData } from '../../lib/operations/notify/list.ts';
import { renderNotifications } from '../../lib/views/notify.ts';

export default class NotifyList extends TargetCommand {
  static override summary = 'where people can be told: the configured Slack channel and status page';
  static override examples = ['<%= config.bin %> notify list'];
  static override flags = { ...targetFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(NotifyList);
    await this.diagnose<NotifyListData>(flags, 'notify.list', {}, 'notify.list/1', (data) =>
      renderNotifications(data, this.streams.outStyle),
    );
  }
}
