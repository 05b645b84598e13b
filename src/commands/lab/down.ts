import { Flags } from '@oclif/core';
import { SpillwayCommand } from '../../lib/cli/base-command.ts';
import { folders } from '../../lib/cli/folders.ts';
import { labHost } from '../../lib/cli/lab-host.ts';
import { renderLabDown } from '../../lib/views/lab.ts';

export default class LabDown extends SpillwayCommand {
  static override summary = 'stop exactly what `lab up` started, also after a crash';
  static override description = 'Redis keeps nothing on disk: what stands in the queues ends with it.';
  static override examples = ['<%= config.bin %> lab down', '<%= config.bin %> lab down --purge'];
  static override flags = {
    purge: Flags.boolean({ description: 'also remove the data, the secrets and the target "lab"' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(LabDown);
    const { labDown } = await import('../../lib/lab/down.ts');
    const result = await labDown({ host: labHost(), labFolder: folders().lab, purge: flags.purge });
    this.show(flags.json, 'lab.down/1', { target: 'lab', ...result }, () => renderLabDown(result));
  }
}
