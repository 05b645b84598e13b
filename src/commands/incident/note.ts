import { Args, Flags } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { chooseIncident, noteIncident } from '../../lib/incident/incident.ts';

export default class IncidentNote extends TargetCommand {
  static override summary = "add a remark to the incident's timeline";
  static override examples = ['<%= config.bin %> incident note "The cloud provider reports no fault."'];
  static override args = { text: Args.string({ description: 'the remark', required: true }) };
  static override flags = {
    ...targetFlags,
    incident: Flags.string({ description: 'id; the open one unless told', helpValue: 'ID' }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(IncidentNote);
    await this.withSession(flags, async (session) => {
      const incident = chooseIncident(await session.env.journal.read(), flags.incident ?? null);
      await noteIncident(session.env.journal, incident.id, args.text);
      this.show(
        flags.json,
        'incident.note/1',
        { target: session.target, incidentId: incident.id },
        () => `Noted for ${incident.id}.`,
      );
    });
  }
}
