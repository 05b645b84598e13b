import { Args, Flags } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { openIncident, type Severity, severities } from '../../lib/incident/incident.ts';

export default class IncidentOpen extends TargetCommand {
  static override summary = 'open an incident; what is done from now on belongs to it';
  static override examples = [
    '<%= config.bin %> incident open "Deliveries are slow in all channels" --severity critical',
  ];
  static override args = {
    title: Args.string({ description: 'what is wrong, in a sentence', required: true }),
  };
  static override flags = {
    ...targetFlags,
    severity: Flags.string({ description: 'how bad it is', options: [...severities], default: 'high' }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(IncidentOpen);
    await this.withSession(flags, async (session) => {
      const { journal, newId } = session.env;
      const incidentId = await openIncident(journal, {
        id: newId('inc'),
        title: args.title,
        severity: flags.severity as Severity,
      });
      this.show(
        flags.json,
        'incident.open/1',
        { target: session.target, incidentId },
        () => `Incident ${incidentId} is open.\nNext:  spillway runbook list`,
      );
    });
  }
}
