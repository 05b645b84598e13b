import { Flags } from '@oclif/core';
import { targetFlags } from '../../lib/cli/base-command.ts';
import { diagnose } from '../../lib/cli/session.ts';
import { TargetCommand } from '../../lib/cli/target-command.ts';
import { exitCodeOf } from '../../lib/core/errors.ts';
import type { RedisHealthData } from '../../lib/operations/redis/readings.ts';
import { renderRedisHealth } from '../../lib/views/redis.ts';

export default class RedisHealthCommand extends TargetCommand {
  static override summary = 'what Redis is busy with: memory, clients, commands, slow log, latency, big keys';
  static override description =
    'Reads a few counters and one page of each view; changes nothing. Exit code 7 when Redis does not answer, with what is known of why.';
  static override examples = [
    '<%= config.bin %> redis health',
    '<%= config.bin %> redis health --window 5 --json',
  ];
  static override flags = {
    ...targetFlags,
    window: Flags.integer({
      description: 'seconds over which the commands are counted',
      default: 2,
      min: 1,
      max: 60,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(RedisHealthCommand);
    await this.withSession(flags, async (session) => {
      const { data } = await diagnose<RedisHealthData>(session, 'redis.health', {
        windowSeconds: flags.window,
      });
      this.show(flags.json, 'redis.health/1', { target: session.target, ...data }, () =>
        renderRedisHealth(data, this.streams.outStyle),
      );
      if (!data.server.ok || data.server.value.loading !== null) process.exitCode = exitCodeOf.unreachable;
    });
  }
}
