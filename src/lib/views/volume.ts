import { visible } from '../core/visible.ts';
import { count, counted, duration, percent, perSecond } from './format.ts';
import { plainStyle, type Style } from './style.ts';
import { table } from './table.ts';

interface Volume {
  readonly waiting: number;
  readonly inWork: number;
  readonly inPerSecond: number | null;
  readonly outPerSecond: number;
  readonly deliveredPerSecond: number;
  readonly failedPerSecond: number;
  readonly oldestAgeSeconds: number | null;
  readonly secondsToDrain: number | null;
}

/** The volume as `volume.show` gives it. */
export interface VolumeData {
  readonly windowMs: number;
  readonly channels: readonly ({ readonly channel: string } & Volume)[];
  readonly totals: Volume & {
    readonly expectedDeliveriesPerSecond: number | null;
    readonly share: number | null;
  };
}

/** How much waits and whether it moves; one line a channel; what to type next. */
export function renderVolume(view: VolumeData, style: Style = plainStyle): string {
  const { channels, totals } = view;
  const right = { align: 'right' } as const;
  const columns = [
    { title: 'channel' },
    ...['waiting', 'in work', 'in', 'delivered', 'failed', 'oldest', 'drains in'].map((title) => ({
      title,
      ...right,
    })),
  ];
  const rows = channels.map((volume) => row(visible(volume.channel), volume));
  const slow = totals.share !== null && totals.share < 0.8;
  const expected =
    totals.expectedDeliveriesPerSecond === null || totals.share === null
      ? `Delivered: ${perSecond(totals.deliveredPerSecond)} (the target does not say what to expect: expected.deliveriesPerSecond)`
      : `Delivered: ${perSecond(totals.deliveredPerSecond)}, ${percent(totals.share)} of the expected ${perSecond(totals.expectedDeliveriesPerSecond)}`;
  const next = slow || totals.secondsToDrain === null ? 'spillway database health' : 'spillway queue list';
  return [
    style.bold(`${counted(totals.waiting, 'message')} waiting, ${count(totals.inWork)} in work.`),
    slow ? style.red(expected) : expected,
    '',
    table(columns, channels.length > 1 ? [...rows, row('all', totals)] : rows),
    '',
    style.dim(`Rates over ${duration(view.windowMs / 1_000)}. Failed messages leave the queue too.`),
    `Next: ${next}`,
  ].join('\n');
}

function row(name: string, volume: Volume): string[] {
  return [
    name,
    count(volume.waiting),
    count(volume.inWork),
    volume.inPerSecond === null ? '?' : perSecond(volume.inPerSecond),
    perSecond(volume.deliveredPerSecond),
    perSecond(volume.failedPerSecond),
    volume.oldestAgeSeconds === null ? '-' : duration(volume.oldestAgeSeconds),
    volume.secondsToDrain === null ? 'not now' : duration(volume.secondsToDrain),
  ];
}
