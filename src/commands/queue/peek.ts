import { Args, Flags } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { selectionOf, TargetCommand } from '../../lib/cli/target-command.ts';
import { type QueuePeek, renderPeek } from '../../lib/views/queue.ts';

export default class QueuePeekCommand extends TargetCommand {
  static override summary = 'look at a few messages without taking them';
  static override examples = [
    '<%= config.bin %> queue peek email',
    '<%= config.bin %> queue peek email --newest --count 3 --conversation 12',
  ];
  static override args = { channel: Args.string({ description: 'channel', required: true }) };
  static override flags = {
    ...targetFlags,
    count: Flags.integer({ description: 'how many', default: 5, min: 1, max: 100 }),
    newest: Flags.boolean({ description: 'the newest ones instead of the next to be taken' }),
    client: Flags.integer({
      description: 'only of this client',
      helpValue: 'ID',
      multiple: true,
      delimiter: ',',
    }),
    conversation: Flags.integer({
      description: 'only of this conversation',
      helpValue: 'ID',
      multiple: true,
      delimiter: ',',
    }),
    activation: Flags.integer({
      description: 'only of this activation',
      helpValue: 'ID',
      multiple: true,
      delimiter: ',',
    }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(QueuePeekCommand);
    const input = {
      channel: args.channel,
      count: flags.count,
      end: flags.newest ? 'newest' : 'oldest',
      ...selectionOf({ ...flags, all: false }),
    };
    await this.diagnose<QueuePeek>(flags, 'queue.peek', input, 'queue.peek/1', (data) =>
      renderPeek(data, this.streams.outStyle),
    );
  }
}
