import { visible } from '../core/visible.ts';
import type { VolumeShowData } from '../operations/volume/show.ts';
import { count, counted, duration, percent, perSecond, wrap } from './format.ts';
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
  readonly forecast: VolumeShowData['forecast'];
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
    ...forecastLines(view.forecast),
    `Next: ${next}`,
  ].join('\n');
}

/** What a purge of the culprits would leave, and what that rests on. */
function forecastLines(forecast: VolumeData['forecast']): string[] {
  if (forecast === null) return [];
  if (!forecast.ok) return ['', wrap(`After a purge: not known: ${visible(forecast.reason)}`, 80)];
  const { conversationIds, culpritsFrom, culpritsWaiting, restWaiting, restInPerSecond, ...rest } =
    forecast.value;
  const shown = conversationIds.slice(0, 10).join(', ');
  const more = conversationIds.length > 10 ? `, … ${conversationIds.length - 10} more` : '';
  const range = ({ low, high }: { readonly low: number; readonly high: number }) =>
    Math.round(low) === Math.round(high) ? '' : ` (${count(low)}–${count(high)})`;
  const drains =
    rest.secondsToDrain === null
      ? 'which at that rate does not shrink'
      : rest.secondsToDrain === 0
        ? 'nothing to drain'
        : `drained in ${duration(rest.secondsToDrain)}`;
  const rate = rest.outFrom === 'measured' ? 'what the consumers get through now' : 'the expected level';
  return [
    '',
    wrap(
      `After a purge of conversation${conversationIds.length === 1 ? '' : 's'} ${shown}${more} (${culpritsFrom === 'given' ? 'as given' : 'they write the errors now'}): ${count(restWaiting.messages)} of the messages stay${range(restWaiting)}, ${drains}; ${count(culpritsWaiting.messages)} are theirs${range(culpritsWaiting)}.`,
      80,
    ),
    wrap(
      `Judged by ${counted(rest.messagesSampled, 'message')} of the queues, at ${perSecond(rest.outPerSecond)} out (${rate}) and ${restInPerSecond === null ? 'an unknown rate' : perSecond(restInPerSecond)} in.`,
      80,
    ),
  ];
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
