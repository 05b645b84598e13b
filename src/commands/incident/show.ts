import { Args } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { chooseIncident } from '../../lib/incident/incident.ts';
import { incidentSummary, renderIncident } from '../../lib/views/incident.ts';

export default class IncidentShow extends TargetCommand {
  static override summary = 'one incident: its state, runs and notes';
  static override examples = ['<%= config.bin %> incident show'];
  static override args = {
    id: Args.string({ description: 'id; the open one, else the newest, unless told' }),
  };
  static override flags = { ...targetFlags };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(IncidentShow);
    await this.withSession(flags, async (session) => {
      const incident = chooseIncident(await session.env.journal.read(), args.id ?? null);
      this.show(flags.json, 'incident/1', { target: session.target, ...incidentSummary(incident) }, () =>
        renderIncident(incident, this.streams.outStyle),
      );
    });
  }
}
