import { SpillwayCommand } from '../../lib/cli/base-command.ts';
import { folders } from '../../lib/cli/folders.ts';
import { labHost } from '../../lib/cli/lab-host.ts';
import { renderLabStatus } from '../../lib/views/lab.ts';

export default class LabStatus extends SpillwayCommand {
  static override summary = 'the services, queues and addresses of the lab';
  static override examples = ['<%= config.bin %> lab status', '<%= config.bin %> lab status --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(LabStatus);
    const { labStatus } = await import('../../lib/lab/status.ts');
    const status = await labStatus({ labFolder: folders().lab, uid: labHost().uid });
    this.show(flags.json, 'lab.status/1', status, () => renderLabStatus(status, this.streams.outStyle));
  }
}
