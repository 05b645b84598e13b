import { targetFlags } from '../../lib/cli/base-command.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { renderServices, type ServiceList } from '../../lib/views/services.ts';

export default class ServicesList extends TargetCommand {
  static override summary = 'the services of the orchestrator and their health';
  static override examples = ['<%= config.bin %> services list'];
  static override flags = { ...targetFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(ServicesList);
    await this.diagnose<ServiceList>(flags, 'services.list', {}, 'services.list/1', (data) =>
      renderServices(data, this.streams.outStyle),
    );
  }
}
