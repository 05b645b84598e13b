import { visible } from '../core/visible.ts';
import type { SinceData } from '../operations/errors/since.ts';
import type { ErrorsTopData } from '../operations/errors/top.ts';
import { count, duration, moment, percent, perSecond, wrap } from './format.ts';
import { between, resolution } from './ranking.ts';
import { shorten } from './shorten.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

const width = 80;

/** The shares since the onset: who, how it was read, and the exact numbers where they were counted. */
export function sinceLines(data: ErrorsTopData, style: Style): string[] {
  const { sinceOnset: since } = data;
  if (since === null) return [];
  if ('unavailable' in since)
    return [
      wrap(`The share since the onset could not be read: ${visible(since.unavailable)}`, width),
      ...(since.suggestion === null ? [] : [`try: ${visible(since.suggestion)}`]),
    ];
  const lines = [style.bold(wrap(began(since), width))];
  if (since.groups.length === 0) return [...lines, 'No rows were found since then.'];
  lines.push('', sinceTable(data, since), '', wrap(howRead(since, data.by), width));
  if (data.confirmation?.done === false)
    lines.push(wrap(`Not counted exactly: ${visible(data.confirmation.why)}.`, width));
  if (data.confirmation?.done === true) {
    const { through, buffers } = data.confirmation;
    const cost = buffers === null ? '' : `, ${count(buffers)} pages`;
    const how = through === 'index' ? 'through an index' : 'on a standby';
    lines.push(`Exact: counted ${how}${cost}.`);
  }
  return lines;
}

/** When it began and how the rate rose. */
function began({ since, sinceIs, onset }: Pick<SinceData, 'since' | 'sinceIs' | 'onset'>): string {
  const rise = onset === null ? '' : ` The storm began at ${moment(onset.at)}: ${rose(onset)}.`;
  switch (sinceIs) {
    case 'onset':
      return onset === null
        ? `Since ${moment(since)}:`
        : `Since the storm began at ${moment(onset.at)}: ${rose(onset)}.`;
    case 'given':
      return `Since ${moment(since)}, as asked.${rise}`;
    case 'beginning':
      return `Since the log begins, at ${moment(since)}.`;
    case 'default':
      return `Since ${moment(since)}; no moment was found at which the rate rose.`;
  }
}

/** `from 0.05/s to 1,873/s`. */
function rose({ errorsPerSecondBefore, errorsPerSecondSince }: NonNullable<SinceData['onset']>): string {
  const from = errorsPerSecondBefore === null ? '' : `from ${perSecond(errorsPerSecondBefore)} `;
  return `${from}to ${perSecond(errorsPerSecondSince)}`;
}

function sinceTable(data: ErrorsTopData, since: SinceData): string {
  const exact = new Map(
    data.confirmation?.done === true ? data.confirmation.rows.map((one) => [one.group, one.rows]) : [],
  );
  const right = 'right' as const;
  const named = data.by === 'code' || data.by === 'channel';
  return table(
    [
      { title: named ? data.by : 'ID', ...(named ? {} : { align: right }) },
      ...(named ? [] : [{ title: 'Name' }]),
      { title: 'Share', align: right },
      { title: 'between', align: right },
      { title: 'Rows, some', align: right },
      ...(exact.size === 0 ? [] : [{ title: 'exactly', align: right }]),
    ],
    since.groups.map((one) => [
      shorten(visible(one.group), 24),
      ...(named ? [] : [shorten(visible(one.name), 24)]),
      percent(one.share),
      between(one),
      count(one.rows),
      ...(exact.size === 0 ? [] : [count(exact.get(one.group) ?? 0)]),
    ]),
  );
}

const stops: Readonly<Record<SinceData['stoppedBecause'], string>> = {
  resolved: 'those above stand apart from those below',
  narrow: 'no interval is wider than 2 points to each side',
  'all-read': 'that is all of them',
  limit: 'the limit was reached',
};

function howRead(since: SinceData, by: ErrorsTopData['by']): string {
  const order = since.ordered
    ? ''
    : ' The log is not in time order (space was used again), so rows were chosen by their time.';
  const left =
    since.leavesLeftOut === 0 ? '' : ` ${count(since.leavesLeftOut)} partitions were not looked at.`;
  const seconds = (Date.parse(since.until) - Date.parse(since.since)) / 1_000;
  return `${resolution(since.resolvedPlaces, since.groups.length)}${count(since.pagesDrawn)} of ${count(since.pagesInWindow)} pages of ${duration(seconds)} drawn, ${count(since.rowsSampled)} rows; stopped: ${stops[since.stoppedBecause]}. A ${by} not seen has less than ${percent(since.unseenBound)}.${order}${left}`;
}
