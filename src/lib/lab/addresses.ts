import type { Channel } from './names.ts';
import { mix } from './random.ts';

/** Why a message cannot be processed; the incident report names invalid or empty addresses and an undefined route. */
export type AddressFault = 'EMPTY_ADDRESS' | 'MALFORMED_ADDRESS' | 'NO_ROUTE';

/** Everything that is written as a code to the error log. */
export type ErrorCode = AddressFault | 'UNREADABLE' | 'UNKNOWN_CONVERSATION';

const given = ['ana', 'luis', 'carmen', 'jose', 'maria', 'pedro', 'elena', 'diego', 'sofia', 'raul'] as const;
const family = [
  'rivas',
  'torres',
  'mendez',
  'soto',
  'vega',
  'lara',
  'ortiz',
  'campos',
  'silva',
  'rojas',
] as const;
const mailHosts = ['example.com', 'example.net', 'example.org', 'mail.example'] as const;
const hex8 = (value: number): string => value.toString(16).padStart(8, '0');

/** A valid recipient of this channel, chosen by the number. */
export function validAddress(channel: Channel, chosen: number): string {
  switch (channel) {
    case 'email':
      return `${given[chosen % 10]}.${family[(chosen >>> 4) % 10]}${(chosen >>> 8) % 10_000}@${mailHosts[(chosen >>> 22) % 4]}`;
    case 'sms':
      return `+58412${String(chosen % 10_000_000).padStart(7, '0')}`;
    case 'push':
      return `${chosen % 2 ? 'apns' : 'fcm'}:${hex8(chosen)}${hex8(mix(chosen, 1))}${hex8(mix(chosen, 2))}${hex8(mix(chosen, 3))}`;
    case 'webhook':
      return `https://hooks.example.com/v1/${hex8(chosen)}`;
  }
}

/** A recipient that cannot be reached: empty, malformed or without a route, chosen by the number. */
export function invalidAddress(channel: Channel, chosen: number): string {
  switch (chosen % 3) {
    case 0:
      return '';
    case 1:
      return malformed(channel, chosen >>> 2);
    default:
      return unroutable(channel, chosen >>> 2);
  }
}

function malformed(channel: Channel, chosen: number): string {
  switch (channel) {
    case 'email':
      return `${given[chosen % 10]}.${family[(chosen >>> 4) % 10]}@@example,com`;
    case 'sms':
      return `0412-${String(chosen % 10_000_000)} ext`;
    case 'push':
      return `apns:${hex8(chosen)}`;
    case 'webhook':
      return `htp:/hooks.example.com/${hex8(chosen)}`;
  }
}

function unroutable(channel: Channel, chosen: number): string {
  switch (channel) {
    case 'email':
      return `${given[chosen % 10]}${chosen % 10_000}@tenant.invalid`;
    case 'sms':
      return `+999${String(chosen % 1_000_000_000).padStart(9, '0')}`;
    case 'push':
      return `none:${hex8(chosen)}${hex8(mix(chosen, 1))}${hex8(mix(chosen, 2))}${hex8(mix(chosen, 3))}`;
    case 'webhook':
      return `https://hooks.tenant.invalid/v1/${hex8(chosen)}`;
  }
}

const shapes: Readonly<Record<Channel, RegExp>> = {
  email: /^[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i,
  sms: /^\+[1-9]\d{7,14}$/,
  push: /^[a-z]{2,8}:[0-9a-f]{32}$/,
  webhook: /^https:\/\/[a-z0-9.-]+\//,
};
const withoutRoute: Readonly<Record<Channel, RegExp>> = {
  email: /\.invalid$/i,
  sms: /^\+999/,
  push: /^none:/,
  webhook: /^https:\/\/[a-z0-9.-]+\.invalid\//,
};

/** What is wrong with a recipient; undefined when it can be delivered to. */
export function addressFault(channel: Channel, address: string): AddressFault | undefined {
  if (address === '') return 'EMPTY_ADDRESS';
  if (!shapes[channel].test(address)) return 'MALFORMED_ADDRESS';
  return withoutRoute[channel].test(address) ? 'NO_ROUTE' : undefined;
}

const explanations: Readonly<Record<ErrorCode, string>> = {
  EMPTY_ADDRESS: 'the contact has no address for this channel; the node cannot choose a processing route',
  MALFORMED_ADDRESS:
    'the address does not match the format that the channel requires and was rejected before dispatch',
  NO_ROUTE:
    'the address is well formed, but no processing route is defined for its domain, prefix or application',
  UNREADABLE: 'the entry in the queue is not a message: it is no JSON object or lacks a required field',
  UNKNOWN_CONVERSATION: 'the message names a conversation and activation that the orchestrator does not know',
};

/** The text that goes to the error log; 100 to 300 characters, the address included. */
export function errorDetail(code: ErrorCode, channel: Channel, address: string): string {
  // a text column cannot hold NUL
  const shown = address.slice(0, 80).replaceAll('\0', '\ufffd');
  return `dispatch to ${channel} failed: ${explanations[code]} (recipient "${shown}", attempt 1 of 1)`;
}
