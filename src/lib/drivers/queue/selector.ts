/**
 * Which messages are meant. `match`: a message matches when it satisfies EVERY list that is given (its conversation is in `conversationIds`, AND its client is in
 * `clientIds`, AND its activation is in `activationIds`); a list that is absent or empty says nothing, and a `match` without any list matches nothing.
 * A message that is not JSON, or lacks a field that is asked for (as a number), never matches a `match`; `all` takes every message, readable or not.
 */
export type Selector =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'match';
      readonly conversationIds?: readonly number[];
      readonly clientIds?: readonly number[];
      readonly activationIds?: readonly number[];
    };

/** The fields of a message that a selector can ask for, with the list that asks, in the order in which they are looked at. */
const selectorFields = [
  ['conversationId', 'conversationIds'],
  ['activationId', 'activationIds'],
  ['clientId', 'clientIds'],
] as const;

/** One message field and the values that are wanted. */
export interface WantedField {
  readonly field: 'conversationId' | 'activationId' | 'clientId';
  readonly ids: readonly number[];
}

/** The conditions of a selector, ids sorted and without doubles; empty for `all` (and for a `match` that asks for nothing). */
export function wantedFields(selector: Selector): WantedField[] {
  if (selector.kind === 'all') return [];
  return selectorFields.flatMap(([field, list]) => {
    const ids = [...new Set(selector[list] ?? [])].sort((a, b) => a - b);
    return ids.length === 0 ? [] : [{ field, ids }];
  });
}

/** One text for all ways to write the same selector: ids sorted, empty lists dropped. */
export function selectorKey(selector: Selector): string {
  if (selector.kind === 'all') return 'all';
  return (
    wantedFields(selector)
      .map(({ field, ids }) => `${field}=${ids.join(',')}`)
      .join('&') || 'nothing'
  );
}

/** Whether the message (raw bytes as text) matches: the reference that every driver must agree with. */
export function matches(selector: Selector, raw: string): boolean {
  if (selector.kind === 'all') return true;
  const wanted = wantedFields(selector);
  if (wanted.length === 0) return false;
  const message = parseMessage(raw);
  return message !== null && wanted.every(({ field, ids }) => ids.includes(message[field] ?? Number.NaN));
}

/** What of a message interests Spillway; null members where the message has no such number or text. */
export interface ParsedMessage {
  readonly conversationId: number | null;
  readonly activationId: number | null;
  readonly clientId: number | null;
  readonly enqueuedAt: string | null;
}

/** Null when the text is not a JSON object. */
export function parseMessage(raw: string): ParsedMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const fields = value as Readonly<Record<string, unknown>>;
  const number = (name: string) => {
    const field = fields[name];
    return typeof field === 'number' ? field : null;
  };
  const enqueuedAt = fields.enqueuedAt;
  return {
    conversationId: number('conversationId'),
    activationId: number('activationId'),
    clientId: number('clientId'),
    enqueuedAt: typeof enqueuedAt === 'string' ? enqueuedAt : null,
  };
}
