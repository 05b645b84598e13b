import { Args, Flags } from '@oclif/core';
import { changeFlags, targetFlags } from '../lib/cli/base-command.ts';
import { TargetCommand } from '../lib/cli/target-command.ts';

export default class Notify extends TargetCommand {
  static override summary = 'tell people: the Slack channel or the status page';
  static override examples = [
    '<%= config.bin %> notify slack "Deliveries are slow; we are looking at the error log."',
    '<%= config.bin %> notify status-page "We are investigating slow deliveries." --state investigating',
  ];
  static override args = {
    to: Args.string({ description: 'where to', options: ['slack', 'status-page'], required: true }),
    message: Args.string({ description: 'the text', required: true }),
  };
  static override flags = {
    ...targetFlags,
    ...changeFlags,
    state: Flags.string({
      description: 'state of the incident on the status page',
      options: ['investigating', 'identified', 'monitoring', 'resolved'],
    }),
    title: Flags.string({ description: "title; the incident's unless told" }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Notify);
    await this.change(flags, 'notify.send', (incidentId) => ({
      to: args.to,
      message: args.message,
      ...(flags.state === undefined ? {} : { state: flags.state }),
      ...(flags.title === undefined ? {} : { title: flags.title }),
      ...(incidentId === null ? {} : { incidentRef: incidentId }),
    }));
  }
}
