import { visible } from '../core/visible.ts';
import { count, duration, moment, percent, perSecond, wrap } from './format.ts';
import { shorten } from './shorten.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

const width = 80;

/** What `renderErrorsTop` shows; shares are 0–1, times ISO-8601. */
export interface ErrorsTop {
  readonly method: string;
  readonly rowsRead: number;
  readonly pagesRead: number;
  readonly window: {
    readonly from: string;
    readonly to: string;
    readonly seconds: number;
    readonly rowsCounted: number;
    readonly insertsPerSecond: number;
  };
  readonly conversations: readonly {
    readonly conversationId: number;
    readonly name: string;
    readonly client: string | null;
    readonly share: number;
    readonly low: number;
    readonly high: number;
    readonly ratePerSecond: number;
  }[];
  readonly unattributed: number;
  readonly codes: readonly { readonly code: string; readonly share: number }[];
  readonly freshness: { readonly ratio: number | null; readonly ok: boolean };
  readonly resolvedPlaces: number;
  readonly unseenBound: number;
}

/** The conversations by share of the errors, the evidence, and what to type next. */
export function renderErrorsTop(data: ErrorsTop, style: Style): string {
  const lines = [style.bold(wrap(headline(data), width))];
  if (data.conversations.length > 0) lines.push('', topTable(data), '', ...order(data));
  if (data.codes.length > 0) {
    const codes = data.codes.map((one) => `${visible(one.code)} ${percent(one.share)}`).join(', ');
    lines.push(wrap(`Codes: ${codes}`, width, 7));
  }
  if (data.unattributed > 0) lines.push(`Without a conversation: ${percent(data.unattributed)} of the rows.`);
  lines.push(...evidence(data));
  if (!data.freshness.ok) {
    const ratio =
      data.freshness.ratio === null ? '' : ` (${percent(data.freshness.ratio)} of what is being written)`;
    lines.push(
      style.yellow(
        wrap(`The rows read are not the newest${ratio}: not a basis for stopping anybody.`, width),
      ),
    );
  }
  const next = nextCommand(data);
  if (next !== null) lines.push('', `Next: ${next}`);
  return lines.join('\n');
}

/** A few errors a second are normal: nobody is to be stopped for them. */
const stormErrorsPerSecond = 20;

function nextCommand({ conversations, window, freshness }: ErrorsTop): string | null {
  if (!freshness.ok) return 'spillway database health';
  const [first] = conversations;
  if (first === undefined) return null;
  if (window.insertsPerSecond < stormErrorsPerSecond)
    return `spillway conversations show ${first.conversationId}`;
  const ids = conversations.filter((one) => one.share >= 0.01).map((one) => one.conversationId);
  return `spillway conversations stop ${(ids.length > 0 ? ids : [first.conversationId]).join(' ')}`;
}

function headline({ conversations, window, freshness }: ErrorsTop): string {
  const rate = `${count(window.insertsPerSecond)} errors/s`;
  if (conversations.length === 0) {
    if (window.insertsPerSecond === 0) return 'Nothing is being written to the error log.';
    return freshness.ok
      ? `${rate} are being written, but none of the newest rows belongs to a conversation.`
      : `${rate} are being written, but not at the end of the table: who writes them cannot be told cheaply.`;
  }
  const together = conversations.reduce((sum, one) => sum + one.share, 0);
  return conversations.length === 1
    ? `1 conversation writes ${percent(together)} of the ${rate}.`
    : `${count(conversations.length)} conversations write ${percent(together)} of the ${rate}.`;
}

function topTable(data: ErrorsTop): string {
  return table(
    [
      { title: 'ID', align: 'right' },
      { title: 'Conversation' },
      { title: 'Client' },
      { title: 'Share', align: 'right' },
      { title: 'between', align: 'right' },
      { title: 'Errors', align: 'right' },
    ],
    data.conversations.map((one) => [
      String(one.conversationId),
      shorten(visible(one.name), 24),
      shorten(one.client === null ? '' : visible(one.client), 16),
      percent(one.share),
      `${whole(one.low)}–${whole(one.high)} %`,
      perSecond(one.ratePerSecond),
    ]),
  );
}

function order(data: ErrorsTop): string[] {
  const { resolvedPlaces: places, conversations, unseenBound } = data;
  const unseen = `A conversation not listed has less than ${percent(unseenBound)}.`;
  const among =
    conversations.length < 2
      ? ''
      : places === 0
        ? 'The order among these is not resolved: their intervals overlap. '
        : places >= conversations.length - 1
          ? ''
          : `The first ${places} stand${places === 1 ? 's' : ''} apart from the rest; the order of the others is not resolved. `;
  return [wrap(`${among}Intervals: 95 % for all shown together. ${unseen}`, width)];
}

function evidence(data: ErrorsTop): string[] {
  const { window } = data;
  const how = data.method === 'key-desc' ? 'newest keys through the index' : 'last pages of the table';
  const counted =
    window.rowsCounted === 0
      ? ''
      : ` ${count(window.rowsCounted)} rows of ${duration(window.seconds)} (from ${moment(window.from)}) were counted.`;
  return [
    wrap(`Read: ${count(data.rowsRead)} rows, ${count(data.pagesRead)} pages; ${how}.${counted}`, width),
  ];
}

/** What `renderErrorLogSwitch` shows. */
export interface ErrorLogSwitch {
  readonly mode: string;
  readonly sampleEvery: number | null;
  readonly expiresAt: string | null;
  readonly effectiveMode: string;
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
}

/** How the error-log switch is set, until when, and by whom. */
export function renderErrorLogSwitch(data: ErrorLogSwitch, style: Style): string {
  const setting = data.mode === 'sample' ? `sample 1 in ${count(data.sampleEvery ?? 1)}` : data.mode;
  const expired = data.mode !== data.effectiveMode;
  const lines = [
    style.bold(`The error log is ${setting}${expired ? ', which has expired: full holds' : ''}.`),
  ];
  if (data.expiresAt !== null) lines.push(`${expired ? 'Expired' : 'Expires'}: ${moment(data.expiresAt)}`);
  if (data.updatedBy !== null) {
    lines.push(
      wrap(
        `Set by:  ${visible(data.updatedBy)}${data.updatedAt === null ? '' : ` at ${moment(data.updatedAt)}`}`,
        width,
        9,
      ),
    );
  }
  lines.push(
    '',
    data.mode === 'full' || expired
      ? 'Next: spillway errors log --sample 100 --for 60   # relief while you look for the cause'
      : 'Next: spillway errors log --full',
  );
  return lines.join('\n');
}

function whole(share: number): string {
  return (share * 100).toFixed(share < 0.1 ? 1 : 0);
}
