import { changeFlags, targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';

export default class SnapshotCreate extends TargetCommand {
  static override summary = 'dump the database, verify the dump and record it';
  static override description =
    'pg_dump in directory format, with checksums of every file and the command that restores it.';
  static override examples = [
    '<%= config.bin %> snapshot create --yes',
    '<%= config.bin %> snapshot create --dry-run',
  ];
  static override flags = { ...targetFlags, ...changeFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(SnapshotCreate);
    await this.change(flags, 'snapshot.create', {});
  }
}
