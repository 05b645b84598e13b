import { Flags } from '@oclif/core';
import { SpillwayCommand } from '../../lib/cli/base-command.ts';
import { folders } from '../../lib/cli/folders.ts';
import { interruptSignal } from '../../lib/cli/interrupt.ts';
import { labHost } from '../../lib/cli/lab-host.ts';
import { progressLine } from '../../lib/cli/progress.ts';
import { SpillwayError } from '../../lib/core/errors.ts';
import { scenarioNames } from '../../lib/lab/scenarios/names.ts';
import { count, perSecond } from '../../lib/views/format.ts';
import { renderScenario, renderStorm } from '../../lib/views/lab.ts';

export default class LabStorm extends SpillwayCommand {
  static override summary =
    'the incident: conversations are activated together whose recipients are all invalid; or another one';
  static override description =
    'The director injects the messages; the command returns when all of them stand in the queues. Exit code 4 when injection was held before the end. The other scenarios last until --scenario calm.';
  static override examples = [
    '<%= config.bin %> lab storm --messages 200000',
    '<%= config.bin %> lab storm --messages 8000000 --conversations 8 --seed 7',
    '<%= config.bin %> lab storm --scenario lock-pile-up   # then: spillway diagnose',
    '<%= config.bin %> lab storm --scenario calm',
  ];
  static override flags = {
    scenario: Flags.option({
      description: 'what goes wrong; calm gives free what another one holds',
      options: scenarioNames,
      default: 'error-log-storm' as const,
    })(),
    messages: Flags.integer({ description: 'how many, in all', default: 200_000, min: 1, max: 100_000_000 }),
    conversations: Flags.integer({ description: 'how many conversations', default: 8, min: 1, max: 80 }),
    seed: Flags.integer({
      description: 'the same seed chooses the same conversations and recipients',
      default: 1,
      min: 0,
      max: 2_147_483_647,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(LabStorm);
    const { labScenario } = await import('../../lib/lab/scenarios/run.ts');
    const interrupt = interruptSignal(this.streams);
    const progress = progressLine(this.streams, flags.json);
    try {
      const host = labHost();
      const { scenario, did, storm } = await labScenario(host, flags.scenario, {
        labFolder: folders().lab,
        uid: host.uid,
        messages: flags.messages,
        conversations: flags.conversations,
        seed: flags.seed,
        signal: interrupt.signal,
        onProgress: ({ injected, total, ratePerSecond }) =>
          progress.update(`${count(injected)} injected, ${perSecond(ratePerSecond)}`, injected / total),
      });
      progress.clear();
      if (storm === null) {
        this.show(flags.json, 'lab.storm/1', { target: 'lab', scenario, did }, () =>
          renderScenario(scenario, did),
        );
        return;
      }
      if (storm.outcome === 'left')
        throw new SpillwayError('interrupted', 'the director goes on injecting.', {
          suggestions: ['spillway activations pause --all   # holds it', 'spillway lab status'],
        });
      this.show(flags.json, 'lab.storm/1', { target: 'lab', scenario, seed: flags.seed, ...storm }, () =>
        renderStorm(storm, this.streams.outStyle),
      );
      if (storm.outcome === 'held') process.exitCode = 4;
    } finally {
      progress.clear();
      interrupt.dispose();
    }
  }
}
