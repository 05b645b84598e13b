import { SpillwayCommand } from '../../lib/cli/base-command.ts';
import { folders } from '../../lib/cli/folders.ts';
import { labHost } from '../../lib/cli/lab-host.ts';
import { renderInbox } from '../../lib/views/lab.ts';

export default class LabInbox extends SpillwayCommand {
  static override summary = "what arrived at the lab's receivers for Slack and Statuspage";
  static override examples = ['<%= config.bin %> lab inbox', '<%= config.bin %> lab inbox --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(LabInbox);
    const { labInbox } = await import('../../lib/lab/inbox.ts');
    const entries = labInbox({ labFolder: folders().lab, uid: labHost().uid });
    this.show(flags.json, 'lab.inbox/1', { target: 'lab', entries }, () => renderInbox(entries));
  }
}
