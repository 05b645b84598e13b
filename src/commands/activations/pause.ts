import { Flags } from '@oclif/core';
import { changeFlags, targetFlags } from '../../lib/cli/base-command.ts';
import { selectionOf, TargetCommand } from '../../lib/cli/target-command.ts';

export default class ActivationsPause extends TargetCommand {
  static override summary = 'stop injection: all of it, or by client, conversation or activation';
  static override description =
    '--all turns the injection switch off: the director starts and continues no activation. Messages that arrive through the APIs go on.';
  static override examples = [
    '<%= config.bin %> activations pause --all',
    '<%= config.bin %> activations pause --conversation 12 --conversation 15 --dry-run',
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
    const { flags } = await this.parse(ActivationsPause);
    await this.change(flags, 'activations.pause', selectionOf(flags));
  }
}
