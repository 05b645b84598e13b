import { SpillwayCommand } from '../../lib/cli/base-command.ts';
import { listRunbooks } from '../../lib/cli/runbook-files.ts';
import { visible } from '../../lib/core/visible.ts';
import { table } from '../../lib/views/table.ts';

export default class RunbookList extends SpillwayCommand {
  static override summary = 'the runbooks there are';
  static override examples = ['<%= config.bin %> runbook list'];

  async run(): Promise<void> {
    const { flags } = await this.parse(RunbookList);
    const runbooks = await listRunbooks();
    this.show(flags.json, 'runbook.list/1', { runbooks }, () =>
      [
        table(
          [{ title: 'Runbook' }, { title: 'Steps', align: 'right' }, { title: 'Title' }],
          runbooks.map((one) => [one.id, String(one.steps), visible(one.title)]),
        ),
        '',
        'Next:  spillway runbook show <runbook>',
      ].join('\n'),
    );
  }
}
