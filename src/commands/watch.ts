import { Flags } from '@oclif/core';
import { targetFlags } from '../lib/cli/base-command.ts';
import type { Session } from '../lib/cli/session.ts';
import { TargetCommand, type TargetFlags } from '../lib/cli/target-command.ts';
import { AlternateScreen } from '../lib/cli/watch/alternate-screen.ts';
import { exitCodeOf } from '../lib/core/errors.ts';

interface WatchFlags extends TargetFlags {
  readonly interval: number;
  readonly window: number;
  readonly ticks?: number | undefined;
}

/** Longest wait for connections to close after the screen is left, in milliseconds: nothing that was read needs an end. */
const closeWithinMs = 300;

export default class Watch extends TargetCommand {
  static override summary =
    'the live screen: errors and who writes them, deliveries, queues, database, services';
  static override description =
    'Reads only. A sample is one short transaction on one connection. Keys: ? in the screen. Without a terminal, or with --json, one JSON line a tick (spillway/watch/1).';
  static override examples = [
    '<%= config.bin %> watch',
    '<%= config.bin %> watch --interval 5 --window 60',
    '<%= config.bin %> watch --json --ticks 3',
  ];
  static override flags = {
    ...targetFlags,
    interval: Flags.integer({ description: 'seconds between two samples', default: 2, min: 1, max: 60 }),
    window: Flags.integer({
      description: 'seconds over which rates and shares are taken',
      default: 10,
      min: 2,
      max: 300,
    }),
    ticks: Flags.integer({ description: 'end after so many samples', min: 1 }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Watch);
    const drawable = process.stdout.isTTY === true && process.env['TERM'] !== 'dumb';
    await this.withSession(flags, (session) =>
      flags.json || !drawable ? this.stream(session, flags) : this.live(session, flags),
    );
  }

  private async live(session: Session, flags: WatchFlags): Promise<void> {
    const { watchLive } = await import('../lib/cli/watch/live.ts');
    const { stdin: input, stdout: output } = process;
    const { how, command } = await watchLive(session, {
      terminal: new AlternateScreen(output, input),
      ...{ input, output, style: this.streams.outStyle },
      ...{ intervalMs: flags.interval * 1_000, windowSeconds: flags.window, ticks: flags.ticks ?? null },
    });
    if (command !== null) this.streams.err(`The plan that you looked at is applied by:\n  ${command}`);
    if (how === 'interrupted') process.exitCode = exitCodeOf.interrupted;
    setTimeout(() => process.exit(), closeWithinMs).unref();
  }

  private async stream(session: Session, flags: WatchFlags): Promise<void> {
    const { watchStream } = await import('../lib/cli/watch/stream.ts');
    let gone = false;
    process.stdout.once('error', () => {
      gone = true;
    });
    const { how, anyStore } = await watchStream(session, {
      ...{ intervalMs: flags.interval * 1_000, windowSeconds: flags.window, ticks: flags.ticks ?? null },
      write: (document) => this.show(true, 'watch/1', document, () => ''),
      gone: () => gone,
    });
    if (how === 'interrupted') process.exitCode = exitCodeOf.interrupted;
    else if (how === 'ticks' && !anyStore) process.exitCode = exitCodeOf.unreachable;
  }
}
