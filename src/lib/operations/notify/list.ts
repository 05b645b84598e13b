import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { Destination, StatusPageIncident } from '../../drivers/notifier/driver.ts';
import type { CatalogueOperation } from '../access.ts';

const input = z.strictObject({
  incidentRef: z.string().min(1).nullable().optional().describe('look for this incident on the status page'),
  title: z.string().min(1).optional(),
});

/** Data of `notify.list`. */
export interface NotifyListData {
  readonly destinations: readonly Destination[];
  /** The incident of the status page that belongs to the given one; null when none, or when none was asked for. */
  readonly openIncident: StatusPageIncident | null;
}

/** `notify.list`: which places are configured and, for a given incident, what the status page shows. Sends nothing. */
export const notifyList: CatalogueOperation<z.output<typeof input>, NotifyListData> = diagnosis({
  id: 'notify.list',
  title: 'List where people can be told',
  input,
  async measure(context, { incidentRef, title }) {
    const destinations = context.read.notifier.destinations();
    const query = { incidentRef: incidentRef ?? null, name: title ?? null };
    const asked = query.incidentRef !== null || query.name !== null;
    const openIncident =
      asked && destinations.some((one) => one.to === 'status-page')
        ? await context.read.notifier.findStatusPageIncident(query, context.signal)
        : null;
    return {
      summary:
        destinations.length === 0
          ? 'Nobody can be told: neither Slack nor a status page is configured.'
          : `Configured: ${destinations.map((one) => one.to).join(', ')}.`,
      data: { destinations, openIncident },
    };
  },
});
