import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { renderVerification } from '../../lib/views/journal.ts';

export default class JournalVerify extends TargetCommand {
  static override summary = 'check that the journal is whole';
  static override description =
    'Every line carries a hash of itself and of the line before. Exit 4 when a line does not fit.';
  static override examples = ['<%= config.bin %> journal verify'];
  static override flags = { ...targetFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(JournalVerify);
    await this.withSession(flags, async (session) => {
      const verification = await session.verifyJournal();
      this.show(flags.json, 'journal.verify/1', { target: session.target, ...verification }, () =>
        renderVerification(verification, this.streams.outStyle),
      );
      if (verification.verdict === 'tampered') process.exitCode = 4;
    });
  }
}
