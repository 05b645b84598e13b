import { Args, Flags } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { chooseIncident, closeIncident } from '../../lib/incident/incident.ts';

export default class IncidentClose extends TargetCommand {
  static override summary = 'close an incident';
  static override examples = [
    '<%= config.bin %> incident close --resolution "Queue purged, services restarted, deliveries are back."',
  ];
  static override args = { id: Args.string({ description: 'id; the open one unless told' }) };
  static override flags = {
    ...targetFlags,
    resolution: Flags.string({ description: 'how it ended', default: '' }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(IncidentClose);
    await this.withSession(flags, async (session) => {
      const incident = chooseIncident(await session.env.journal.read(), args.id ?? null);
      await closeIncident(session.env.journal, incident, flags.resolution);
      this.show(
        flags.json,
        'incident.close/1',
        { target: session.target, incidentId: incident.id },
        () => `Incident ${incident.id} is closed.\nNext:  spillway incident timeline ${incident.id}`,
      );
    });
  }
}
