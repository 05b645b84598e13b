import { Args } from '@oclif/core';
import { changeFlags, targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';

export default class ServicesRestart extends TargetCommand {
  static override summary = 'restart services one after the other, waiting for health';
  static override description =
    'In the order of the configuration. One that does not become healthy stops the rest.';
  static override examples = [
    '<%= config.bin %> services restart --confirm lab',
    '<%= config.bin %> services restart email-dispatcher --dry-run',
  ];
  static override strict = false;
  static override args = { names: Args.string({ description: 'names of services; all unless told' }) };
  static override flags = { ...targetFlags, ...changeFlags };

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(ServicesRestart);
    await this.change(flags, 'services.restart', argv.length === 0 ? {} : { names: argv });
  }
}
