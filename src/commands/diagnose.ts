import { Flags } from '@oclif/core';
import { targetFlags } from '../lib/cli/base-command.ts';
import { diagnose } from '../lib/cli/session.ts';
import { TargetCommand } from '../lib/cli/target-command.ts';
import { exitCodeOf } from '../lib/core/errors.ts';
import { openIncidentOf } from '../lib/incident/incident.ts';
import type { DiagnoseData } from '../lib/operations/diagnose/run.ts';
import { renderDiagnosis } from '../lib/views/diagnose.ts';

export default class Diagnose extends TargetCommand {
  static override summary = 'what is wrong, who causes it, how sure that is, and what to type next';
  static override description =
    'Looks at Postgres, Redis, the queues and the services at once, one connection each, and prints findings, most probable cause first. What does not answer within the limit is reported as missing. Exit code 7 when neither store answered.';
  static override examples = [
    '<%= config.bin %> diagnose',
    '<%= config.bin %> diagnose --window 5 --limit 15',
    '<%= config.bin %> diagnose --json',
  ];
  static override flags = {
    ...targetFlags,
    window: Flags.integer({ description: 'seconds over which rates are taken', default: 2, min: 1, max: 30 }),
    limit: Flags.integer({
      description: 'seconds after which what did not answer is given up',
      default: 8,
      min: 1,
      max: 60,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Diagnose);
    await this.withSession(flags, async (session) => {
      const incident = openIncidentOf(await session.env.journal.read());
      const { data } = await diagnose<DiagnoseData>(session, 'diagnose.run', {
        windowSeconds: flags.window,
        limitSeconds: flags.limit,
        incidentOpen: incident !== null,
      });
      this.show(flags.json, 'diagnose/1', { target: session.target, ...data }, () =>
        renderDiagnosis(data, this.streams.outStyle),
      );
      const { connections, volume } = data.measurements;
      if (!connections.ok && !volume.ok) process.exitCode = exitCodeOf.unreachable;
    });
  }
}
