import { Args } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { renderSnapshotVerification, type SnapshotVerificationData } from '../../lib/views/snapshot.ts';

export default class SnapshotVerify extends TargetCommand {
  static override summary = 'read a snapshot again and compare it with its record';
  static override examples = ['<%= config.bin %> snapshot verify snapshot-k7m2xq'];
  static override args = { id: Args.string({ description: 'id of the snapshot; the newest unless told' }) };
  static override flags = { ...targetFlags };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(SnapshotVerify);
    await this.diagnose<SnapshotVerificationData>(
      flags,
      'snapshot.verify',
      args.id === undefined ? {} : { snapshotId: args.id },
      'snapshot.verify/1',
      (data) => {
        if (!data.ok) process.exitCode = 4;
        return renderSnapshotVerification(data, this.streams.outStyle);
      },
    );
  }
}
