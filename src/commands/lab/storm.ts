import { Flags } from '@oclif/core';
import { SpillwayCommand } from '../../lib/cli/base-command.ts';
import { folders } from '../../lib/cli/folders.ts';
import { interruptSignal } from '../../lib/cli/interrupt.ts';
import { labHost } from '../../lib/cli/lab-host.ts';
import { progressLine } from '../../lib/cli/progress.ts';
import { SpillwayError } from '../../lib/core/errors.ts';
import { count, perSecond } from '../../lib/views/format.ts';
import { renderStorm } from '../../lib/views/lab.ts';

export default class LabStorm extends SpillwayCommand {
  static override summary =
    'the incident: conversations are activated together whose recipients are all invalid';
  static override description =
    'The director injects the messages; the command returns when all of them stand in the queues. Exit code 4 when injection was held before the end.';
  static override examples = [
    '<%= config.bin %> lab storm --messages 200000',
    '<%= config.bin %> lab storm --messages 8000000 --conversations 8 --seed 7',
  ];
  static override flags = {
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
    const { labStorm } = await import('../../lib/lab/storm.ts');
    const interrupt = interruptSignal(this.streams);
    const progress = progressLine(this.streams, flags.json);
    try {
      const storm = await labStorm({
        labFolder: folders().lab,
        uid: labHost().uid,
        messages: flags.messages,
        conversations: flags.conversations,
        seed: flags.seed,
        signal: interrupt.signal,
        onProgress: ({ injected, total, ratePerSecond }) =>
          progress.update(`${count(injected)} injected, ${perSecond(ratePerSecond)}`, injected / total),
      });
      progress.clear();
      if (storm.outcome === 'left')
        throw new SpillwayError('interrupted', 'the director goes on injecting.', {
          suggestions: ['spillway activations pause --all   # holds it', 'spillway lab status'],
        });
      this.show(flags.json, 'lab.storm/1', { target: 'lab', seed: flags.seed, ...storm }, () =>
        renderStorm(storm, this.streams.outStyle),
      );
      if (storm.outcome === 'held') process.exitCode = 4;
    } finally {
      progress.clear();
      interrupt.dispose();
    }
  }
}
