import { Flags } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { renderJournal } from '../../lib/views/journal.ts';

export default class JournalShow extends TargetCommand {
  static override summary = 'the record of what was planned, done and undone';
  static override examples = [
    '<%= config.bin %> journal show',
    '<%= config.bin %> journal show --run run-k7m2xqab --json',
  ];
  static override flags = {
    ...targetFlags,
    run: Flags.string({ description: 'only this run', helpValue: 'ID' }),
    limit: Flags.integer({ description: 'at most so many, the newest', default: 100, min: 1, max: 100_000 }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(JournalShow);
    await this.withSession(flags, async (session) => {
      const all = await session.env.journal.read();
      const records = all
        .filter((record) => flags.run === undefined || record.run === flags.run)
        .slice(-flags.limit);
      this.show(flags.json, 'journal/1', { target: session.target, records }, () =>
        renderJournal(records, all.length, this.streams.outStyle),
      );
    });
  }
}
