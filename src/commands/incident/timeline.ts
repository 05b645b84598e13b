import { Args } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { chooseIncident } from '../../lib/incident/incident.ts';
import { timelineOf } from '../../lib/incident/timeline.ts';
import { renderTimeline } from '../../lib/views/incident.ts';

export default class IncidentTimeline extends TargetCommand {
  static override summary = 'what was done, when and by whom: the corrective actions';
  static override examples = [
    '<%= config.bin %> incident timeline',
    '<%= config.bin %> incident timeline inc-k7m2xqab --json',
  ];
  static override args = {
    id: Args.string({ description: 'id; the open one, else the newest, unless told' }),
  };
  static override flags = { ...targetFlags };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(IncidentTimeline);
    await this.withSession(flags, async (session) => {
      const records = await session.env.journal.read();
      const incident = chooseIncident(records, args.id ?? null);
      const entries = timelineOf(incident, records);
      this.show(
        flags.json,
        'incident.timeline/1',
        { target: session.target, incidentId: incident.id, entries },
        () => renderTimeline(incident, entries, this.streams.outStyle),
      );
    });
  }
}
