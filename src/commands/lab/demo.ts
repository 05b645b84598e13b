import { Flags } from '@oclif/core';
import { SpillwayCommand } from '../../lib/cli/base-command.ts';
import { folders } from '../../lib/cli/folders.ts';
import { labHost } from '../../lib/cli/lab-host.ts';
import { runOwnCli } from '../../lib/cli/own-cli.ts';
import { exitCodeOf, SpillwayError } from '../../lib/core/errors.ts';
import { renderDemo } from '../../lib/views/demo.ts';

export default class LabDemo extends SpillwayCommand {
  static override summary = 'the incident and its resolution, start to end, in a fresh lab';
  static override description =
    'Baseline, storm, the scripted runbook, recovery; then the times, the throughput and the account of every message. Exit 0 only if deliveries came back and nothing is missing.';
  static override examples = ['<%= config.bin %> lab demo', '<%= config.bin %> lab demo --messages 8000000'];
  static override flags = {
    messages: Flags.integer({ description: 'size of the storm', default: 200_000, min: 8, max: 20_000_000 }),
    seed: Flags.integer({
      description: 'the same seed chooses the same conversations',
      default: 1,
      min: 0,
      max: 2_147_483_647,
    }),
    measure: Flags.integer({
      description: 'seconds over which throughput is measured',
      default: 8,
      min: 2,
      max: 600,
    }),
    keep: Flags.boolean({ description: 'leave the lab running afterwards' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(LabDemo);
    const { playDemo } = await import('../../lib/lab/demo.ts');
    const tell = (line: string) => this.streams.err(line);
    tell('Lab: a private Postgres and Redis, the reference orchestrator and its ten services …');
    await this.mustRun(['lab', 'up', '--json']);
    try {
      await this.refuseUsedLab();
      const result = await playDemo({
        labFolder: folders().lab,
        uid: labHost().uid,
        messages: flags.messages,
        seed: flags.seed,
        measureSeconds: flags.measure,
        runCli: runOwnCli,
        tell,
      });
      this.show(flags.json, 'lab.demo/1', { target: 'lab', ...result }, () =>
        renderDemo(result, this.streams.outStyle),
      );
      if (!result.recovered || !result.account.exact || !result.culpritsFound)
        process.exitCode = exitCodeOf['check-failed'];
    } finally {
      if (flags.keep)
        tell('\nThe lab is still up. Look around:  spillway status   Stop it:  spillway lab down');
      else await this.mustRun(['lab', 'down', '--json']);
    }
  }

  /** Stopped conversations or a backlog of an earlier storm would spoil what is measured. */
  private async refuseUsedLab(): Promise<void> {
    const stopped = (await this.mustRun(['conversations', 'list', '--status', 'stopped', '--json']))[
      'conversations'
    ] as readonly unknown[];
    const channels = (await this.mustRun(['queue', 'list', '--json']))['queues'] as readonly {
      readonly waiting: number;
    }[];
    const waiting = channels.reduce((sum, channel) => sum + channel.waiting, 0);
    if (stopped.length === 0 && waiting < 10_000) return;
    throw new SpillwayError(
      'refused',
      `the lab still holds an earlier storm (${stopped.length} stopped conversations, ${waiting} waiting messages).`,
      {
        suggestions: [
          'spillway lab down --purge   # removes its data',
          'spillway undo <run>   # or bring it back',
        ],
      },
    );
  }

  private async mustRun(args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const { exitCode, document } = await runOwnCli(args);
    if (exitCode !== 0)
      throw new SpillwayError(
        'failed',
        `spillway ${args.join(' ')} ended with exit code ${exitCode}: ${String(document['message'] ?? '')}`,
      );
    return document;
  }
}
