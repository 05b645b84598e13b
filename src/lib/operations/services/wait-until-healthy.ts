import { SpillwayError } from '../../core/errors.ts';
import type { ReadContext } from '../../core/operation.ts';
import type { ServiceState } from '../../drivers/service/driver.ts';
import type { ReadAccess } from '../access.ts';

const intervalMs = 200;

/**
 * Looks at a service until it is healthy, has no health check, or the limit is over; the last state is returned in every case.
 * @throws SpillwayError `interrupted` when the run is stopped meanwhile: the service was restarted, its health was not seen
 */
export async function waitUntilHealthy(
  context: Pick<ReadContext<ReadAccess>, 'read' | 'clock' | 'signal'>,
  name: string,
  limitMs: number,
): Promise<{ readonly state: ServiceState; readonly waitedMs: number }> {
  const startedMs = context.clock.monotonicMs();
  for (;;) {
    const state = await context.read.services.check(name);
    const waitedMs = Math.round(context.clock.monotonicMs() - startedMs);
    if (state.healthy !== false || waitedMs >= limitMs) return { state, waitedMs };
    if (context.signal.aborted) {
      throw new SpillwayError('interrupted', `${name} was restarted; its health was not waited for.`, {
        suggestions: ['spillway services list'],
      });
    }
    await context.clock.sleep(Math.min(intervalMs, Math.max(1, limitMs - waitedMs)));
  }
}
