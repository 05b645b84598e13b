import { Flags } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { type ActivationList, renderActivations } from '../../lib/views/activations.ts';

export default class ActivationsList extends TargetCommand {
  static override summary = 'activations: what injects messages, and how far it is';
  static override examples = [
    '<%= config.bin %> activations list',
    '<%= config.bin %> activations list --status paused',
  ];
  static override flags = {
    ...targetFlags,
    client: Flags.integer({ description: 'only of this client', helpValue: 'ID' }),
    conversation: Flags.integer({
      description: 'only of this conversation',
      helpValue: 'ID',
      multiple: true,
      delimiter: ',',
    }),
    status: Flags.string({
      description: 'only with this status',
      options: ['scheduled', 'injecting', 'paused', 'completed', 'cancelled'],
      multiple: true,
    }),
    limit: Flags.integer({ description: 'at most so many, newest first', default: 50, min: 1, max: 1000 }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ActivationsList);
    const input = {
      limit: flags.limit,
      ...(flags.client === undefined ? {} : { clientId: flags.client }),
      ...(flags.conversation === undefined ? {} : { conversationIds: flags.conversation }),
      ...(flags.status === undefined ? {} : { statuses: flags.status }),
    };
    await this.diagnose<ActivationList>(flags, 'activations.list', input, 'activations.list/1', (data) =>
      renderActivations(data, this.streams.outStyle),
    );
  }
}
