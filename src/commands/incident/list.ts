import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { incidentsOf } from '../../lib/incident/incident.ts';
import { incidentSummary, renderIncidents } from '../../lib/views/incident.ts';

export default class IncidentList extends TargetCommand {
  static override summary = 'incidents of the target';
  static override examples = ['<%= config.bin %> incident list'];
  static override flags = { ...targetFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(IncidentList);
    await this.withSession(flags, async (session) => {
      const incidents = incidentsOf(await session.env.journal.read());
      this.show(
        flags.json,
        'incident.list/1',
        { target: session.target, incidents: incidents.map(incidentSummary) },
        () => renderIncidents(incidents, this.streams.outStyle),
      );
    });
  }
}
