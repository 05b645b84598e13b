import { visible } from '../core/visible.ts';
import type { ErrorsTopData } from '../operations/errors/top.ts';
import { sinceLines } from './errors-since.ts';
import { count, duration, moment, percent, perSecond, wrap } from './format.ts';
import { between, resolution } from './ranking.ts';
import { shorten } from './shorten.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

const width = 80;

/** The groups by share of the errors now, then since the onset; the evidence; and what to type next. */
export function renderErrorsTop(data: ErrorsTopData, style: Style): string {
  const lines = [style.bold(wrap(headline(data), width))];
  if (data.groups.length > 0) lines.push('', topTable(data), '', ...order(data));
  if (data.codes.length > 0) {
    const codes = data.codes.map((one) => `${visible(one.code)} ${percent(one.share)}`).join(', ');
    lines.push(wrap(`Codes: ${codes}`, width, 7));
  }
  if (data.unattributed > 0) lines.push(`Without a ${data.by}: ${percent(data.unattributed)} of the rows.`);
  lines.push(...evidence(data));
  if (!data.freshness.ok) lines.push(style.yellow(wrap(staleness(data), width)));
  const since = sinceLines(data, style);
  if (since.length > 0) lines.push('', ...since);
  const next = nextCommand(data);
  if (next !== null) lines.push('', `Next: ${next}`);
  return lines.join('\n');
}

/** A few errors a second are normal: nobody is to be stopped for them. */
const stormErrorsPerSecond = 20;

function nextCommand({ by, groups, window, freshness, sinceOnset }: ErrorsTopData): string | null {
  const wrote = sinceOnset === null || 'unavailable' in sinceOnset ? null : sinceOnset.groups[0];
  if (!freshness.ok) return 'spillway database health';
  const first = groups[0] ?? wrote;
  if (first === undefined || first === null) return null;
  if (by !== 'conversation') return 'spillway errors top   # the conversations';
  const calm = window.insertsPerSecond < stormErrorsPerSecond;
  if (calm) return `spillway conversations show ${visible(first.group)}`;
  const ids = groups.filter((one) => one.share >= 0.01).map((one) => one.group);
  return `spillway conversations stop ${(ids.length > 0 ? ids : [first.group]).map((id) => visible(id)).join(' ')}`;
}

/** `8 conversations`, `1 activation`. */
function groupsCounted(by: ErrorsTopData['by'], many: number): string {
  return `${count(many)} ${by}${many === 1 ? '' : 's'}`;
}

function headline({ by, groups, window, freshness, tailUnavailable }: ErrorsTopData): string {
  const rate = `${count(window.insertsPerSecond)} errors/s`;
  const together = groups.reduce((sum, one) => sum + one.share, 0);
  const who = `${groupsCounted(by, groups.length)} ${groups.length === 1 ? 'writes' : 'write'} ${percent(together)}`;
  if (tailUnavailable !== null)
    return groups.length === 0
      ? `Who writes now could not be read: ${visible(tailUnavailable)}`
      : `${who} of the errors since ${moment(window.from)}.`;
  if (groups.length > 0) return `${who} of the ${rate}.`;
  if (window.insertsPerSecond === 0) return 'Nothing is being written to the error log.';
  return freshness.ok
    ? `${rate} are being written, but none of the newest rows belongs to a ${by}.`
    : `${rate} are being written, but not at the end of the table: who writes them cannot be told cheaply.`;
}

const titles: Readonly<Record<ErrorsTopData['by'], string>> = {
  conversation: 'Conversation',
  client: 'Client',
  activation: 'of conversation',
  code: 'Code',
  channel: 'Channel',
};

function topTable(data: ErrorsTopData): string {
  const ids = data.by !== 'code' && data.by !== 'channel';
  const client = data.by === 'conversation' || data.by === 'activation';
  const right = 'right' as const;
  return table(
    [
      ...(ids ? [{ title: 'ID', align: right }] : []),
      { title: titles[data.by] },
      ...(client ? [{ title: 'Client' }] : []),
      { title: 'Share', align: right },
      { title: 'between', align: right },
      { title: 'Errors', align: right },
    ],
    data.groups.map((one) => [
      ...(ids ? [visible(one.group)] : []),
      shorten(visible(one.name), 24),
      ...(client ? [shorten(one.client === null ? '' : visible(one.client), 16)] : []),
      percent(one.share),
      between(one),
      perSecond(one.ratePerSecond),
    ]),
  );
}

function order(data: ErrorsTopData): string[] {
  const unseen = `A ${data.by} not listed has less than ${percent(data.unseenBound)}.`;
  const places = resolution(data.resolvedPlaces, data.groups.length);
  return [wrap(`${places}Intervals: 95 % for all together. ${unseen}`, width)];
}

const methods: Readonly<Record<ErrorsTopData['method'], string>> = {
  'key-desc': 'newest keys through the index',
  'heap-tail': 'last pages of the table',
  'block-sample': 'pages drawn at random, rows chosen by their time',
};

function evidence({ window, freshness, ...data }: ErrorsTopData): string[] {
  const counted =
    window.rowsCounted === 0
      ? ''
      : ` ${count(window.rowsCounted)} rows of ${duration(window.seconds)} (from ${moment(window.from)}) were counted.`;
  const fresh = freshness.ratio === null ? unverified(window) : measured(freshness);
  const pages = data.buffersCounted ? 'pages as the server counts them' : 'pages (estimated)';
  return [
    wrap(
      `Read in all: ${count(data.rowsRead)} rows, ${count(data.pagesRead)} ${pages}. Now: ${methods[data.method]}.${counted}${data.method === 'block-sample' ? '' : fresh}`,
      width,
    ),
  ];
}

function measured({ ratio, gate }: ErrorsTopData['freshness']): string {
  return ` Freshness ${percent(ratio ?? 0)} (needed ${percent(gate)}).`;
}

/** A standby does not count what is inserted, so what was read cannot be compared with it. */
function unverified({ rowsCounted }: ErrorsTopData['window']): string {
  return rowsCounted === 0
    ? ''
    : ' Freshness not verified: the server counted no inserts (a standby does not).';
}

function staleness({ freshness, tailUnavailable }: ErrorsTopData): string {
  if (tailUnavailable !== null) return 'Nothing could be read that is being written now.';
  const ratio = freshness.ratio === null ? '' : ` (${percent(freshness.ratio)} of what is being written)`;
  return `The rows read are not the newest${ratio}: not a basis for stopping anybody.`;
}
