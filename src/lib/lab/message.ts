import { invalidAddress, validAddress } from './addresses.ts';
import { type Channel, channels } from './names.ts';
import { mix } from './random.ts';

/** A message as it stands in the queue, in this field order and without spaces. A canary has a last field, `canary: true`. */
export interface QueuedMessage {
  readonly id: string;
  readonly conversationId: number;
  readonly activationId: number;
  readonly clientId: number;
  readonly channel: Channel;
  readonly to: string;
  readonly body: string;
  readonly enqueuedAt: string;
  readonly canary?: true;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Reads an entry of the queue; undefined when it is not a complete message. Numbers fit a Postgres integer. */
export function parseMessage(raw: string): QueuedMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return isMessage(value) ? value : undefined;
}

function isMessage(value: unknown): value is QueuedMessage {
  if (typeof value !== 'object' || value === null) return false;
  const message = value as Readonly<Record<string, unknown>>;
  return (
    typeof message.id === 'string' &&
    uuid.test(message.id) &&
    [message.conversationId, message.activationId, message.clientId].every(isId) &&
    (channels as readonly unknown[]).includes(message.channel) &&
    typeof message.to === 'string' &&
    typeof message.body === 'string' &&
    typeof message.enqueuedAt === 'string'
  );
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2_147_483_647;
}

const bodies = [
  'Dear customer, your statement for this month is ready. Sign in to see the details and to choose how to pay.',
  'Your order has left our warehouse and arrives within two working days. Track it in the app at any time you like.',
  'We have received your payment, thank you. The receipt is attached to your account and can be downloaded there.',
  'Reminder: your appointment is tomorrow at 10:00. Reply YES to confirm or choose another time on our web page.',
] as const;

/** Two bytes as four hexadecimal digits, for all 65,536 values; making uuids digit by digit would be the slowest part. */
function hexTable(): readonly string[] {
  return Array.from({ length: 65_536 }, (_, value) => value.toString(16).padStart(4, '0'));
}

export interface MessageSource {
  readonly conversationId: number;
  readonly activationId: number;
  readonly clientId: number;
  readonly channel: Channel;
  readonly seed: number;
  readonly validity: 'valid' | 'invalid';
}

/**
 * Makes the messages of one activation and channel by their index. The same source and index give the same id and recipient,
 * and ids differ between indexes, channels and activations: the first word is a bijection of the index, the last two hold
 * activation and channel.
 */
export function messageFactory(source: MessageSource): (index: number, enqueuedAt: string) => string {
  const hex = sharedHexTable();
  const address = source.validity === 'valid' ? validAddress : invalidAddress;
  const channelIndex = channels.indexOf(source.channel);
  const key = mix(source.seed, mix(source.activationId, channelIndex + 1));
  const idKey = mix(key, 1);
  const middleKey = mix(key, 2);
  const addressKey = mix(key, 3);
  const owner = `${(0x8000 + channelIndex).toString(16)}-${hex[(source.seed >>> 0) & 0xffff]}${hex[(source.activationId >>> 16) & 0xffff]}${hex[source.activationId & 0xffff]}`;
  const head = `","conversationId":${source.conversationId},"activationId":${source.activationId},"clientId":${source.clientId},"channel":"${source.channel}","to":"`;
  return (index, enqueuedAt) => {
    const first = mix(index, idKey);
    const middle = mix(index, middleKey);
    return `{"id":"${hex[first >>> 16]}${hex[first & 0xffff]}-${hex[middle >>> 16]}-4${(hex[middle & 0xffff] as string).slice(1)}-${owner}${head}${address(source.channel, mix(index, addressKey))}","body":"${bodies[index & 3]}","enqueuedAt":"${enqueuedAt}"}`;
  };
}

let table: readonly string[] | undefined;
function sharedHexTable(): readonly string[] {
  table ??= hexTable();
  return table;
}
