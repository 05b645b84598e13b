import { visible } from '../core/visible.ts';
import type { ErrorsRateSeen } from '../operations/errors/rate.ts';
import { count, duration, labelled, moment, perSecond, wrap } from './format.ts';
import { sparkline } from './sparkline.ts';
import type { Style } from './style.ts';

const width = 80;

/** Nobody looks for culprits at a few errors a second. */
const stormErrorsPerSecond = 20;

/** How fast the error log grows, how that went from second to second, when it began, and what to type next. */
export function renderErrorsRate(data: ErrorsRateSeen, style: Style): string {
  const { errorLog, errorTotals, series } = data;
  const headline =
    data.writesPerSecond === 0
      ? 'Nothing is being written to the error-log tables.'
      : `${perSecond(data.errorsPerSecond)} errors are written; both tables take ${perSecond(data.writesPerSecond)} writes.`;
  const rates = series.map((one) => one.errorsPerSecond);
  const span = `${perSecond(Math.min(...rates))} to ${perSecond(Math.max(...rates))}`;
  return [
    style.bold(wrap(headline, width)),
    '',
    ...(rates.length > 1
      ? [labelled('Errors', `${sparkline(rates)}  ${span}, ${duration(data.windowSeconds)}`)]
      : []),
    ...[errorLog, errorTotals].map((one) =>
      labelled(
        one === errorLog ? 'Log' : 'Totals',
        `${visible(one.table)}: ${perSecond(one.insertsPerSecond)} inserts, ${perSecond(one.updatesPerSecond)} updates`,
      ),
    ),
    ...beganLines(data),
    '',
    style.dim(wrap('From the counters of the server, which sessions publish at most once a second.', width)),
    `Next: ${data.errorsPerSecond < stormErrorsPerSecond ? 'spillway database health' : 'spillway errors top'}`,
  ].join('\n');
}

function beganLines({ began }: ErrorsRateSeen): string[] {
  if (began === null) return [];
  if ('unavailable' in began) return [labelled('Began', `could not be read: ${visible(began.unavailable)}`)];
  const pages = began.buffers === null ? '' : ` (${count(began.buffers)} pages read)`;
  if (began.onset === null)
    return [
      labelled(
        'Began',
        began.ordered
          ? `no moment was found at which the rate rose${pages}`
          : `cannot be told: the log is not in time order, space in it was used again${pages}`,
      ),
    ];
  const { at, errorsPerSecondBefore: before, errorsPerSecondSince: since } = began.onset;
  const from = before === null ? '' : `from ${perSecond(before)} `;
  return [labelled('Began', `${moment(at)}: ${from}to ${perSecond(since)}${pages}`)];
}
