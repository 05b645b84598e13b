import { Flags } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { type DatabaseHealthData, renderDatabaseHealth } from '../../lib/views/database.ts';

export default class DatabaseHealthCommand extends TargetCommand {
  static override summary =
    'what the database is busy with: waits, locks, statements, hot tables, WAL, vacuum, replication';
  static override description =
    'Two readings of the counters a window apart, and samples of all sessions in between. Each view is one short transaction with a limit of a second: one that is unsupported, forbidden or slow costs only itself, and says why. On a hot standby and through pgbouncer, too.';
  static override examples = [
    '<%= config.bin %> database health',
    '<%= config.bin %> database health --window 5 --json',
  ];
  static override flags = {
    ...targetFlags,
    window: Flags.integer({
      description: 'seconds over which counters are compared',
      default: 2,
      min: 1,
      max: 60,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DatabaseHealthCommand);
    await this.diagnose<DatabaseHealthData>(
      flags,
      'database.health',
      { windowSeconds: flags.window },
      'database.health/1',
      (data) => renderDatabaseHealth(data, this.streams.outStyle),
    );
  }
}
