import { targetFlags } from '../lib/cli/base-command.ts';
import { diagnose } from '../lib/cli/session.ts';
import { TargetCommand } from '../lib/cli/target-command.ts';
import { exitCodeOf } from '../lib/core/errors.ts';
import { openIncidentOf } from '../lib/incident/incident.ts';
import { runsOf } from '../lib/journal/history.ts';
import type { StatusData } from '../lib/operations/status/show.ts';
import { incidentSummary } from '../lib/views/incident.ts';
import { nextCommand, renderStatus } from '../lib/views/status.ts';

export default class Status extends TargetCommand {
  static override summary =
    'one screen: incident, what is held back and by whom, queues, errors, database, services';
  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status --json'];
  static override flags = { ...targetFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    await this.withSession(flags, async (session) => {
      const records = await session.env.journal.read();
      const { data, summary } = await diagnose<StatusData>(session, 'status.show', {});
      const lock = data.queues.ok ? await session.lockHolder() : null;
      const unfinished =
        runsOf(records).findLast(
          (run) => run.kind !== 'undo' && run.status !== 'done' && run.id !== lock?.runId,
        ) ?? null;
      const frame = {
        target: session.target,
        origin: session.origin,
        summary,
        incident: openIncidentOf(records),
        unfinished,
        lock,
      };
      const document = {
        target: session.target,
        summary,
        incident: frame.incident === null ? null : incidentSummary(frame.incident),
        lock,
        ...data,
        next: nextCommand(frame, data),
      };
      this.show(flags.json, 'status/1', document, () => renderStatus(frame, data, this.streams.outStyle));
      if (!data.queues.ok || !data.database.ok) process.exitCode = exitCodeOf.unreachable;
    });
  }
}
