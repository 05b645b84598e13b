import { visible } from '../core/visible.ts';
import type { JournalRecord } from '../journal/record.ts';
import type { JournalVerification } from '../journal/verify.ts';
import { count, moment } from './format.ts';
import type { Style } from './style.ts';

/** One line a record, oldest first. */
export function renderJournal(records: readonly JournalRecord[], total: number, style: Style): string {
  if (records.length === 0) return 'The journal is empty: nothing was ever changed from here.';
  const head =
    records.length < total
      ? [style.dim(`The newest ${count(records.length)} of ${count(total)} records; more with --limit.`)]
      : [];
  return [...head, ...records.map((record) => line(record, style))].join('\n');
}

function line(record: JournalRecord, style: Style): string {
  const words = [record.type, record.op ?? '', subject(record)].filter((word) => word !== '').join('  ');
  return `${style.dim(moment(record.ts))}  ${record.run === null ? '' : `${record.run}  `}${words}  ${style.dim(visible(record.actor))}`;
}

function subject(record: JournalRecord): string {
  const { body } = record;
  const change = body['change'] as { action?: string; target?: string } | undefined;
  const parts = [
    body['stepId'],
    change === undefined ? undefined : `${change.action ?? ''} ${change.target ?? ''}`,
    body['status'],
    body['title'],
    body['text'],
    body['error'],
  ];
  return visible(parts.filter((part): part is string => typeof part === 'string' && part !== '').join('  '));
}

/** The verdict first, then what it does and does not prove. */
export function renderVerification(verification: JournalVerification, style: Style): string {
  const { verdict, records, head, anchoredThrough, problem, tornBytes } = verification;
  if (verdict === 'tampered')
    return [
      style.red('TAMPERED OR DAMAGED'),
      problem ?? '',
      `${count(records)} records before it are whole.`,
    ].join('\n');
  const lines = [`${style.green('Whole')}: ${count(records)} records, each continuing the one before.`];
  if (head !== null) lines.push(`Head  ${head}`);
  if (verdict === 'anchored')
    lines.push(`The copy in the store agrees through record ${count(anchoredThrough ?? 0)}.`);
  else lines.push('No copy outside this machine was compared: that its end was not cut off is not proved.');
  if (tornBytes > 0)
    lines.push(
      `${count(tornBytes)} bytes of a line that a crash tore are behind it; the next record puts them aside.`,
    );
  return lines.join('\n');
}
