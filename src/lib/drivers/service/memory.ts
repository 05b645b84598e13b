import type { Clock } from '../../core/clock.ts';
import { SpillwayError } from '../../core/errors.ts';
import type { ServiceReader, ServiceState, ServiceWriter } from './driver.ts';
import { unknownService } from './names.ts';

/** How a service in memory behaves. */
export interface MemoryService {
  readonly name: string;
  readonly healthyWithinMs?: number;
  /** False: it stays unhealthy after a restart. Null: it has no health check. */
  readonly healthyAfterRestart?: boolean | null;
  /** The restart itself fails with this text. */
  readonly restartFailure?: string;
}

/** Services that exist in memory only: for the contract's own tests and for trying operations without processes. */
export interface MemoryServices {
  readonly reader: ServiceReader;
  readonly writer: ServiceWriter;
  /** Makes a service healthy or not. */
  setHealthy(name: string, healthy: boolean): void;
  /** Names in the order in which they were restarted. */
  readonly restarted: readonly string[];
}

/** All services are healthy at first. */
export function memoryServices(services: readonly MemoryService[], clock: Clock): MemoryServices {
  const names = services.map((service) => service.name);
  const health = new Map<string, boolean | null>(
    services.map((service) => [service.name, service.healthyAfterRestart === null ? null : true]),
  );
  const restarted: string[] = [];

  function find(name: string): MemoryService {
    const service = services.find((one) => one.name === name);
    if (service === undefined) throw unknownService(name, names);
    return service;
  }

  function state(name: string): ServiceState {
    const service = find(name);
    const healthy = health.get(name) ?? null;
    return {
      name,
      order: names.indexOf(name) + 1,
      healthy,
      detail: healthy === null ? 'no health check configured' : healthy ? 'healthy' : 'unhealthy',
      checkedAt: clock.now().toISOString(),
      healthyWithinMs: service.healthyWithinMs ?? 1_000,
      restartCommand: [],
    };
  }

  return {
    reader: {
      async list(signal) {
        signal?.throwIfAborted();
        return names.map(state);
      },
      async check(name, signal) {
        signal?.throwIfAborted();
        return state(name);
      },
    },
    writer: {
      async restart(name) {
        const service = find(name);
        if (service.restartFailure !== undefined) {
          throw new SpillwayError('failed', `The restart of ${name} failed: ${service.restartFailure}.`);
        }
        restarted.push(name);
        health.set(name, service.healthyAfterRestart === undefined ? true : service.healthyAfterRestart);
        return { durationMs: 0, output: '' };
      },
    },
    setHealthy(name, healthy) {
      find(name);
      health.set(name, healthy);
    },
    restarted,
  };
}
