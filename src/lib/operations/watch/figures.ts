import type { ServiceState } from '../../drivers/service/driver.ts';
import { type Culprits, culpritsOf } from './culprits.ts';
import { type DatabaseFigure, databaseOf, type ErrorsFigure, errorsOf } from './database-figures.ts';
import type { Reading, Series, WatchHistory } from './history.ts';
import { type DeliveriesFigure, deliveriesOf, type QueueFigure, queuesOf } from './queue-figures.ts';

/** A figure that is known, with the age of the reading it comes from; or why it is not. */
export type Figure<Value> =
  | { readonly ok: true; readonly ageSeconds: number; readonly value: Value }
  | { readonly ok: false; readonly reason: string };

/** A service as it was when it was last asked; `healthy` is null where it has no health check. */
export type ServiceFigure = Pick<ServiceState, 'name' | 'healthy' | 'detail'>;

/** Everything the live screen shows; also the document `spillway/watch/1`, a tick a line. */
export interface WatchFigures {
  readonly errors: Figure<ErrorsFigure>;
  readonly culprits: Figure<Culprits>;
  readonly deliveries: Figure<DeliveriesFigure>;
  readonly queues: Figure<readonly QueueFigure[]>;
  readonly database: Figure<DatabaseFigure>;
  readonly services: Figure<readonly ServiceFigure[]>;
  /** What looking costs: the latest pulse in milliseconds (network included), rows and pages of the error log that it read. */
  readonly cost: { readonly pulseMs: number | null; readonly rowsRead: number; readonly pagesRead: number };
}

/** The figures of the last `windowSeconds` at the moment `nowMs` (epoch milliseconds). */
export function figuresOf(
  history: WatchHistory,
  options: {
    readonly windowSeconds: number;
    readonly nowMs: number;
    readonly expectedDeliveriesPerSecond: number | null;
  },
): WatchFigures {
  const { nowMs, windowSeconds, expectedDeliveriesPerSecond } = options;
  const window = <Value>(series: Series<Value>) => withinWindow(series.readings, windowSeconds);
  const figure = <Value, Result>(
    series: Series<Value>,
    build: (readings: readonly Reading<Value>[]) => Result,
  ): Figure<Result> => {
    if (series.failure !== null) return { ok: false, reason: series.failure.reason };
    const last = series.readings.at(-1);
    if (last === undefined) return { ok: false, reason: 'not measured yet' };
    return { ok: true, ageSeconds: Math.max(0, (nowMs - last.atMs) / 1_000), value: build(window(series)) };
  };
  const { database, queues, services } = history;
  const culprits = figure(database, (readings) => culpritsOf(readings, history.names));
  const last = database.readings.at(-1)?.value;
  const tail = last?.tail.ok === true ? last.tail.value : null;
  return {
    errors: figure(database, (readings) => errorsOf(readings, database.readings)),
    culprits: culprits.ok && last?.tail.ok === false ? { ok: false, reason: last.tail.reason } : culprits,
    deliveries: figure(queues, (readings) =>
      deliveriesOf(readings, queues.readings, expectedDeliveriesPerSecond),
    ),
    queues: figure(queues, queuesOf),
    database: figure(database, databaseOf),
    services: figure(services, ([reading]) =>
      (reading?.value ?? []).map(({ name, healthy, detail }) => ({ name, healthy, detail })),
    ),
    cost: {
      pulseMs: history.pulseMs,
      rowsRead: tail?.counts.reduce((sum, one) => sum + one.rows, 0) ?? 0,
      pagesRead: tail?.buffers ?? 0,
    },
  };
}

/** The readings that the window needs: from the one at its beginning to the latest, at least two where there are two. */
function withinWindow<Value>(
  readings: readonly Reading<Value>[],
  windowSeconds: number,
): readonly Reading<Value>[] {
  const last = readings.at(-1);
  if (last === undefined) return [];
  // Ticks are never exact: the reading that should stand at the beginning may be a little older.
  const slackMs = 300;
  const first = readings.findIndex((one) => one.atMs >= last.atMs - windowSeconds * 1_000 - slackMs);
  return readings.slice(Math.max(0, Math.min(first, readings.length - 2)));
}
