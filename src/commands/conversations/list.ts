import { Flags } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { type ConversationList, renderConversations } from '../../lib/views/conversations.ts';

export default class ConversationsList extends TargetCommand {
  static override summary = 'conversations, with their client and status';
  static override examples = [
    '<%= config.bin %> conversations list',
    '<%= config.bin %> conversations list --status stopped',
  ];
  static override flags = {
    ...targetFlags,
    client: Flags.integer({ description: 'only of this client', helpValue: 'ID' }),
    status: Flags.string({ description: 'only with this status', options: ['active', 'stopped'] }),
    limit: Flags.integer({ description: 'at most so many', default: 50, min: 1, max: 1000 }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ConversationsList);
    const input = {
      limit: flags.limit,
      ...(flags.client === undefined ? {} : { clientId: flags.client }),
      ...(flags.status === undefined ? {} : { status: flags.status }),
    };
    await this.diagnose<ConversationList>(
      flags,
      'conversations.list',
      input,
      'conversations.list/1',
      (data) => renderConversations(data, this.streams.outStyle),
    );
  }
}
