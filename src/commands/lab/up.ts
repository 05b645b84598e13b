import { Flags } from '@oclif/core';
import { SpillwayCommand } from '../../lib/cli/base-command.ts';
import { folders } from '../../lib/cli/folders.ts';
import { labHost } from '../../lib/cli/lab-host.ts';
import { progressLine } from '../../lib/cli/progress.ts';
import { renderLabStatus } from '../../lib/views/lab.ts';

export default class LabUp extends SpillwayCommand {
  static override summary = 'a private Postgres, Redis and the reference orchestrator, to try everything on';
  static override description =
    'Starts what does not run and leaves the rest; everything listens on loopback only. Registers the target "lab".';
  static override examples = ['<%= config.bin %> lab up', '<%= config.bin %> lab up --rate 800'];
  static override flags = {
    rate: Flags.integer({
      description: 'valid messages a second, all clients and channels together; 400 unless told before',
      min: 0,
      max: 5_000,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(LabUp);
    const [{ labUp }, { labStatus }] = await Promise.all([
      import('../../lib/lab/up.ts'),
      import('../../lib/lab/status.ts'),
    ]);
    const host = labHost();
    const labFolder = folders().lab;
    const progress = progressLine(this.streams, flags.json);
    try {
      await labUp({
        host,
        labFolder,
        ...(flags.rate === undefined ? {} : { messagesPerSecond: flags.rate }),
        onProgress: (step) => progress.update(step),
      });
    } finally {
      progress.clear();
    }
    const status = await labStatus({ labFolder, uid: host.uid });
    this.show(flags.json, 'lab.status/1', status, () => renderLabStatus(status, this.streams.outStyle));
  }
}
