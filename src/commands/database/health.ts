import { Flags } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { type DatabaseHealth, renderDatabaseHealth } from '../../lib/views/database.ts';

export default class DatabaseHealthCommand extends TargetCommand {
  static override summary = 'what the database waits for: sessions, locks, slow statements, error-log writes';
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
    await this.diagnose<DatabaseHealth>(
      flags,
      'database.health',
      { windowSeconds: flags.window },
      'database.health/1',
      (data) => renderDatabaseHealth(data, this.streams.outStyle),
    );
  }
}
