import { Flags } from '@oclif/core';
import { targetFlags } from '../lib/cli/base-command.ts';
import { diagnose } from '../lib/cli/session.ts';
import { configurationFault, machineLines, targetLines } from '../lib/cli/surroundings.ts';
import { TargetCommand } from '../lib/cli/target-command.ts';
import { exitCodeOf, SpillwayError } from '../lib/core/errors.ts';
import type { DoctorLine } from '../lib/operations/doctor/line.ts';
import { programLines } from '../lib/operations/doctor/program-lines.ts';
import { concluded, type DoctorData, summaryOf } from '../lib/operations/doctor/show.ts';
import { renderDoctor } from '../lib/views/doctor.ts';

export default class Doctor extends TargetCommand {
  static override summary =
    'whether everything is ready for an incident: every line says fine, or what to type';
  static override description =
    'Configuration, connections, TLS, the identity of the target, versions, each privilege with the grant that is missing, clocks, programs. Changes nothing. Exit 4 when something must be done. --roles prints SQL for three roles of least privilege.';
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --roles | psql -d orchestrator',
  ];
  static override flags = {
    ...targetFlags,
    roles: Flags.boolean({
      description: 'print SQL for the roles reader, operator and purger, and examine nothing',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const { localPrograms, rolesOf } = await import('../lib/cli/compose.ts');
    if (flags.roles) {
      const roles = await rolesOf(flags.target ?? null);
      this.show(flags.json, 'doctor.roles/1', roles, () => roles.sql);
      return;
    }
    const lines = await machineLines();
    let target: string | null = null;
    try {
      await this.withSession(flags, async (session) => {
        target = session.target;
        lines.push(...(await targetLines(session)));
        lines.push(...(await diagnose<DoctorData>(session, 'doctor.show', {})).data.lines);
      });
    } catch (error) {
      // a target that was named and does not exist is a slip of the hand; a configuration that cannot be used is a finding
      if (!(error instanceof SpillwayError) || error.code !== 'usage' || target !== null || flags.target)
        throw error;
      lines.push(configurationFault(error), ...programLines(await localPrograms(), null));
    }
    this.report(flags.json, target, lines);
  }

  private report(json: boolean, target: string | null, lines: readonly DoctorLine[]): void {
    const data = concluded(lines);
    const summary = summaryOf(data);
    this.show(json, 'doctor/1', { target, summary, ...data }, () =>
      renderDoctor(data, summary, this.streams.outStyle),
    );
    if (data.mustAct > 0) process.exitCode = exitCodeOf['check-failed'];
  }
}
