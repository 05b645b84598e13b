import { Args } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { type ConversationDetails, renderConversation } from '../../lib/views/conversations.ts';

export default class ConversationsShow extends TargetCommand {
  static override summary = 'one conversation: its client, status and activations';
  static override examples = ['<%= config.bin %> conversations show 12'];
  static override args = { id: Args.integer({ description: 'id of the conversation', required: true }) };
  static override flags = { ...targetFlags };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(ConversationsShow);
    await this.diagnose<ConversationDetails>(
      flags,
      'conversations.show',
      { conversationId: args.id },
      'conversations.show/1',
      (data) => renderConversation(data, this.streams.outStyle),
    );
  }
}
