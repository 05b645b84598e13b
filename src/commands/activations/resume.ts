import { Flags } from '@oclif/core';
import { changeFlags, targetFlags } from '../../lib/cli/base-command.ts';
import { selectionOf, TargetCommand } from '../../lib/cli/target-command.ts';

export default class ActivationsResume extends TargetCommand {
  static override summary = 'let injection go on: all of it, or by client, conversation or activation';
  static override description =
    '--all turns the injection switch on. Activations that were paused one by one stay paused until they are resumed too.';
  static override examples = [
    '<%= config.bin %> activations resume --all',
    '<%= config.bin %> activations resume --conversation 12 --conversation 15 --dry-run',
  ];
  static override flags = {
    ...targetFlags,
    ...changeFlags,
    all: Flags.boolean({
      description: 'the injection switch',
      exactlyOne: ['all', 'client', 'conversation', 'activation'],
    }),
    client: Flags.integer({
      description: 'activations of this client',
      helpValue: 'ID',
      multiple: true,
      delimiter: ',',
    }),
    conversation: Flags.integer({
      description: 'activations of this conversation',
      helpValue: 'ID',
      multiple: true,
      delimiter: ',',
    }),
    activation: Flags.integer({
      description: 'this activation',
      helpValue: 'ID',
      multiple: true,
      delimiter: ',',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ActivationsResume);
    await this.change(flags, 'activations.resume', selectionOf(flags));
  }
}
