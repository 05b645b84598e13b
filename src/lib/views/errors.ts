import { visible } from '../core/visible.ts';
import { count, moment, wrap } from './format.ts';
import type { Style } from './style.ts';

const width = 80;

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
