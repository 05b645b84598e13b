import { targetFlags } from '../lib/cli/base-command.ts';
import { diagnose } from '../lib/cli/session.ts';
import { TargetCommand } from '../lib/cli/target-command.ts';
import { exitCodeOf } from '../lib/core/errors.ts';
import { newestUnfinished } from '../lib/engine/resumable.ts';
import { openIncidentOf } from '../lib/incident/incident.ts';
import { runsOf } from '../lib/journal/history.ts';
import type { StatusData } from '../lib/operations/status/show.ts';
import { incidentSummary, runSummary } from '../lib/views/incident.ts';
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
      const { operator } = session.env;
      // The lock of a process that was killed stays for a while: nobody works on that run any more.
      const abandoned = lock !== null && lock.host === operator.host && !operator.isAlive(lock.pid);
      const inWork = abandoned ? null : (lock?.runId ?? null);
      const unfinished = newestUnfinished(runsOf(records).filter((run) => run.id !== inWork));
      const frame = {
        target: session.target,
        origin: session.origin,
        summary,
        incident: openIncidentOf(records),
        unfinished,
        lock,
        abandoned,
      };
      const document = {
        target: session.target,
        summary,
        incident: frame.incident === null ? null : incidentSummary(frame.incident),
        lock: lock === null ? null : { ...lock, abandoned },
        unfinished: unfinished === null ? null : runSummary(unfinished),
        ...data,
        next: nextCommand(frame, data),
      };
      this.show(flags.json, 'status/1', document, () => renderStatus(frame, data, this.streams.outStyle));
      if (!data.queues.ok || !data.database.ok) process.exitCode = exitCodeOf.unreachable;
    });
  }
}
