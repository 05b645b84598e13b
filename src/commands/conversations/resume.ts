import { Args } from '@oclif/core';
import { changeFlags, targetFlags } from '../../lib/cli/base-command.ts';
import { idsOf, TargetCommand } from '../../lib/cli/target-command.ts';

export default class ConversationsResume extends TargetCommand {
  static override summary = 'let stopped conversations go on';
  static override description = 'Messages that are still queued are sent again.';
  static override examples = [
    '<%= config.bin %> conversations resume 12 15 --dry-run',
    '<%= config.bin %> conversations resume 12 --yes',
  ];
  static override strict = false;
  static override args = { ids: Args.string({ description: 'ids of conversations', required: true }) };
  static override flags = { ...targetFlags, ...changeFlags };

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(ConversationsResume);
    await this.change(flags, 'conversations.resume', { conversationIds: idsOf(argv) });
  }
}
