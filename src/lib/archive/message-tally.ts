import type { ArchiveRecord } from './contract.ts';

/** Counts archived messages by conversation and client, for the manifest. */
export interface MessageTally {
  readonly conversations: Map<number, number>;
  readonly clients: Map<number, number>;
}

const conversationName = Buffer.from('"conversationId":');
const clientName = Buffer.from('"clientId":');

export function emptyTally(): MessageTally {
  return { conversations: new Map(), clients: new Map() };
}

/** A message whose ids cannot be read is counted nowhere: the manifest's totals by conversation may add up to less than its messages. */
export function tallyMessages(tally: MessageTally, records: readonly ArchiveRecord[]): void {
  for (const { raw } of records) {
    add(tally.conversations, numberAfter(raw, conversationName, 'conversationId'));
    add(tally.clients, numberAfter(raw, clientName, 'clientId'));
  }
}

function add(counts: Map<number, number>, id: number | null): void {
  if (id !== null) counts.set(id, (counts.get(id) ?? 0) + 1);
}

/** The usual spelling by plain search; a message with escapes or spaces is parsed. */
function numberAfter(raw: Buffer, name: Buffer, field: string): number | null {
  const at = raw.includes(0x5c) ? -1 : raw.indexOf(name);
  if (at < 0) return parsedNumber(raw, field);
  let value = 0;
  let index = at + name.length;
  const first = index;
  for (; index < raw.length; index += 1) {
    const digit = (raw[index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  const next = raw[index];
  return index > first && (next === 0x2c || next === 0x7d) ? value : parsedNumber(raw, field);
}

function parsedNumber(raw: Buffer, field: string): number | null {
  let value: unknown;
  try {
    value = JSON.parse(raw.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const id = (value as Readonly<Record<string, unknown>> | null)?.[field];
  return typeof id === 'number' ? id : null;
}
