import { Args } from '@oclif/core';
import { changeFlags, targetFlags } from '../../lib/cli/base-command.ts';
import { idsOf, TargetCommand } from '../../lib/cli/target-command.ts';

export default class ConversationsStop extends TargetCommand {
  static override summary = 'stop conversations: their messages are no longer sent';
  static override description = 'Activations and messages that are queued already are not touched.';
  static override examples = [
    '<%= config.bin %> conversations stop 12 15 --dry-run',
    '<%= config.bin %> conversations stop 12 --yes',
  ];
  static override strict = false;
  static override args = { ids: Args.string({ description: 'ids of conversations', required: true }) };
  static override flags = { ...targetFlags, ...changeFlags };

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(ConversationsStop);
    await this.change(flags, 'conversations.stop', { conversationIds: idsOf(argv) });
  }
}
