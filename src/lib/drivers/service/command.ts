import { minimalEnvironment, runProgram } from '../../backends/program.ts';
import type { ServiceSettings } from '../../config/schema.ts';
import type { Clock } from '../../core/clock.ts';
import { SpillwayError } from '../../core/errors.ts';
import { typedCommand } from '../../core/typed-command.ts';
import { visible } from '../../core/visible.ts';
import type { RestartOutcome, ServiceReader, ServiceState, ServiceWriter } from './driver.ts';
import { checkHealth } from './health.ts';
import { unknownService } from './names.ts';

export interface CommandServiceOptions {
  /** In restart order. */
  readonly services: readonly ServiceSettings[];
  readonly clock: Clock;
  /** Where the few variables come from that a restart command may see. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Limit for one restart command; 60 s unless told. */
  readonly restartTimeoutMs?: number;
}

const mostOutputBytes = 4_096;

/** Services that are restarted by a command of the configuration and asked for their health over HTTP. Does no I/O itself. */
export function commandServices(options: CommandServiceOptions): {
  readonly reader: ServiceReader;
  readonly writer: ServiceWriter;
} {
  const { services, clock } = options;
  const restartTimeoutMs = options.restartTimeoutMs ?? 60_000;

  function find(name: string): { settings: ServiceSettings; order: number } {
    const index = services.findIndex((service) => service.name === name);
    const settings = services[index];
    if (settings === undefined)
      throw unknownService(
        name,
        services.map((service) => service.name),
      );
    return { settings, order: index + 1 };
  }

  async function check(name: string, signal?: AbortSignal): Promise<ServiceState> {
    const { settings, order } = find(name);
    const seen =
      settings.health === undefined
        ? { healthy: null, detail: 'no health check configured' }
        : await checkHealth(settings.health, clock, signal);
    return {
      name,
      order,
      ...seen,
      checkedAt: clock.now().toISOString(),
      healthyWithinMs: settings.healthyWithinMs,
      restartCommand: settings.restart,
    };
  }

  async function restart(name: string, signal?: AbortSignal): Promise<RestartOutcome> {
    const { settings } = find(name);
    const startedMs = clock.monotonicMs();
    const end = await runProgram(settings.restart, {
      environment: minimalEnvironment(options.environment),
      timeoutMs: restartTimeoutMs,
      signal,
      keepBytes: mostOutputBytes,
    });
    const output = visible([end.stdout.trim(), end.stderr.trim()].filter((text) => text !== '').join('\n'), {
      multiline: true,
    });
    const command = visible(typedCommand(settings.restart));
    const said = output === '' ? '' : ` It said: ${output.slice(-500)}`;
    if (end.how === 'timed-out') {
      throw new SpillwayError(
        'unknown-outcome',
        `The restart command of ${name} did not end within ${restartTimeoutMs.toLocaleString('en')} ms and was ended.${said}`,
        { suggestions: ['spillway services list', command], details: { service: name } },
      );
    }
    if (end.how === 'aborted') {
      throw new SpillwayError(
        'unknown-outcome',
        `The restart command of ${name} was ended while it ran; whether the service restarted is not known.`,
        { suggestions: ['spillway services list', command], details: { service: name } },
      );
    }
    if (end.exitCode !== 0) {
      throw new SpillwayError(
        'failed',
        `The restart command of ${name} ended with code ${end.exitCode}.${said}`,
        {
          suggestions: [command],
          details: { service: name, commandExitCode: end.exitCode },
        },
      );
    }
    return { durationMs: Math.round(clock.monotonicMs() - startedMs), output };
  }

  return {
    reader: {
      list: (signal) => Promise.all(services.map((service) => check(service.name, signal))),
      check,
    },
    writer: { restart },
  };
}
