import { z } from 'zod';
import { SpillwayError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { nobody } from '../../core/plan.ts';
import { typedCommand } from '../../core/typed-command.ts';
import type { CatalogueOperation } from '../access.ts';
import { waitUntilHealthy } from './wait-until-healthy.ts';

const input = z.strictObject({
  names: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      'services to restart; all of them when left out. They go in the configured order, not in this one',
    ),
});
type Input = z.output<typeof input>;

/** What a plan of `services.restart` carries: the services in restart order. */
export interface ServicesRestartData {
  readonly services: readonly {
    readonly name: string;
    readonly order: number;
    readonly healthyBefore: boolean | null;
    readonly healthyWithinMs: number;
  }[];
}

/**
 * `services.restart`: rolling, in the configured order; each service must be healthy before the next is touched.
 * Destructive although nothing is deleted: what a service has in work is interrupted and nothing can un-interrupt it, so the target's name is asked for.
 * A service that does not become healthy stops the rest with `check-failed`.
 */
export const servicesRestart: CatalogueOperation<Input, ServicesRestartData> = {
  id: 'services.restart',
  title: 'Restart services one by one, waiting for health',
  impact: 'destructive',
  input,

  async plan(context, { names }) {
    const all = await context.read.services.list(context.signal);
    if (all.length === 0) {
      throw new SpillwayError('usage', `Target ${context.target} has no services configured.`, {
        suggestions: ['add `services` to the target in spillway.yaml'],
      });
    }
    const wanted = names === undefined ? null : new Set(names);
    for (const name of wanted ?? []) {
      if (!all.some((service) => service.name === name)) throw unknownName(name, all);
    }
    const chosen = all.filter((service) => wanted?.has(service.name) ?? true);
    const unchecked = chosen.filter((service) => service.healthy === null).map((service) => service.name);
    return {
      operation: 'services.restart',
      target: context.target,
      summary: `Restart ${chosen.length} of ${all.length} services one after the other: ${chosen.map((service) => service.name).join(', ')}.`,
      basis: {
        measuredAt: context.clock.now().toISOString(),
        // Health may change while one reads the plan, and restarting is what an unhealthy service needs: only the set of services counts.
        facts: [
          {
            name: 'services to restart',
            value: chosen.map((one) => one.name).join(', '),
            tolerance: 'exact',
          },
        ],
      },
      changes: chosen.map((service) => ({
        id: `restart:${service.name}`,
        target: `service ${service.name}`,
        action: 'restart',
        count: 1,
        before: { healthy: service.healthy, detail: service.detail },
        after: { healthy: service.healthy === null ? null : true },
      })),
      blastRadius: nobody,
      irreversible: ['What each service has in work is interrupted; a restart cannot be taken back.'],
      commands: chosen
        .map((service) => typedCommand(service.restartCommand))
        .filter((command) => command !== ''),
      notes: [
        'Messages in work are given back to the queue by services that restart cleanly; deliveries pause for the time of each restart.',
        ...(unchecked.length > 0
          ? [`Without a health check, so not waited for: ${unchecked.join(', ')}.`]
          : []),
      ],
      data: {
        services: chosen.map(({ name, order, healthy, healthyWithinMs }) => ({
          name,
          order,
          healthyBefore: healthy,
          healthyWithinMs,
        })),
      },
    };
  },

  async apply(context, plan) {
    const { services } = plan.data;
    for (const [index, service] of services.entries()) {
      await context.checkpoint();
      const change = plan.changes.find((one) => one.id === `restart:${service.name}`);
      if (change === undefined) throw new RangeError(`the plan has no change for ${service.name}`);
      context.progress(
        `restarting ${service.name} (${index + 1} of ${services.length})`,
        index / services.length,
      );
      await context.step(change, null, async (write) => {
        // Not aborted by Ctrl-C: a restart command that is cut off leaves a service in an unknown state.
        const { durationMs } = await write.services.restart(service.name);
        const health = await waitUntilHealthy(context, service.name, service.healthyWithinMs);
        if (health.state.healthy === false) {
          throw notHealthy(
            service.name,
            health.state.detail,
            service.healthyWithinMs,
            services.slice(index + 1),
          );
        }
        return { healthy: health.state.healthy, commandMs: durationMs, healthyAfterMs: health.waitedMs };
      });
    }
  },

  async verify(context, plan) {
    const states = await context.read.services.list(context.signal);
    return plan.data.services.map(({ name }) => {
      const state = states.find((one) => one.name === name);
      return {
        name: `${name} is healthy`,
        ok: state !== undefined && state.healthy !== false,
        detail: state === undefined ? 'no longer configured' : state.detail,
      };
    });
  },

  async undo() {
    throw new SpillwayError('refused', 'A restart cannot be undone, and it leaves nothing behind to undo.');
  },

  /** Restarting again is harmless, and nothing tells from outside whether the interrupted restart came through. */
  async probe() {
    return 'partial';
  },
};

function unknownName(name: string, all: readonly { readonly name: string }[]): SpillwayError {
  const known = all.map((service) => service.name);
  const near = nearest(name, known);
  return new SpillwayError('usage', `There is no service "${name}". Configured are: ${known.join(', ')}.`, {
    suggestions: near.map((one) => `did you mean ${one}?`),
  });
}

function notHealthy(
  name: string,
  detail: string,
  limitMs: number,
  rest: readonly { readonly name: string }[],
): SpillwayError {
  const names = rest.map((service) => service.name);
  const left = names.length === 0 ? 'It was the last one.' : `Not restarted: ${names.join(', ')}.`;
  return new SpillwayError(
    'check-failed',
    `${name} was restarted and is not healthy after ${(limitMs / 1_000).toLocaleString('en')} s (${detail}). ${left}`,
    {
      suggestions: [
        'spillway services list',
        `spillway services restart ${[name, ...names].join(' ')}   # once it is mended`,
      ],
      details: { service: name, notRestarted: names },
    },
  );
}
