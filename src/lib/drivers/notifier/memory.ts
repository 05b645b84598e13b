import type { Clock } from '../../core/clock.ts';
import { SpillwayError } from '../../core/errors.ts';
import type { Destination, NotifierReader, NotifierWriter, StatusPageIncident } from './driver.ts';

/** Places that exist in memory only. */
export interface MemoryNotifier {
  readonly reader: NotifierReader;
  readonly writer: NotifierWriter;
  /** What the channel got, oldest first. */
  readonly posted: readonly { readonly title: string | null; readonly text: string }[];
  /** The incidents of the status page, oldest first. */
  readonly incidents: readonly StatusPageIncident[];
}

/** A channel and a status page in memory; `destinations` says which of them are configured. */
export function memoryNotifier(clock: Clock, destinations: readonly Destination[]): MemoryNotifier {
  const posted: { readonly title: string | null; readonly text: string }[] = [];
  const incidents: StatusPageIncident[] = [];

  function need(to: Destination['to']): void {
    if (destinations.some((one) => one.to === to)) return;
    throw new SpillwayError(
      'usage',
      `The target has no ${to === 'slack' ? 'Slack channel' : 'status page'}.`,
    );
  }

  return {
    posted,
    incidents,
    reader: {
      destinations: () => destinations,
      async findStatusPageIncident({ incidentRef, name }) {
        need('status-page');
        const newest = incidents.toReversed();
        return (
          newest.find((one) => incidentRef !== null && one.incidentRef === incidentRef) ??
          newest.find(
            (one) =>
              one.name === name &&
              one.status !== 'resolved' &&
              (one.incidentRef === null || incidentRef === null),
          ) ??
          null
        );
      },
    },
    writer: {
      async slack(message) {
        need('slack');
        posted.push(message);
      },
      async statusPage(update) {
        need('status-page');
        const index = incidents.findIndex((one) => one.id === update.existingId);
        if (update.existingId !== null && index < 0) {
          throw new SpillwayError('failed', `The status page knows no incident ${update.existingId}.`);
        }
        const incident: StatusPageIncident = {
          id: update.existingId ?? `memory-${incidents.length + 1}`,
          name: update.title,
          status: update.state,
          updatedAt: clock.now().toISOString(),
          link: null,
          incidentRef: update.incidentRef ?? incidents[index]?.incidentRef ?? null,
          lastBody: update.body,
        };
        if (index < 0) incidents.push(incident);
        else incidents[index] = incident;
        return incident;
      },
    },
  };
}
