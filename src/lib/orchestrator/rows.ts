import type { Row } from '../backends/postgres/contract.ts';
import type {
  ActivationRecord,
  CanaryRecord,
  ConversationRecord,
  ErrorLogMode,
  ErrorLogSwitch,
  InjectionSwitch,
} from './records.ts';

/** A timestamp column as ISO-8601, or null. `infinity` and text that is no time come out as they are. */
function isoTime(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return value instanceof Date ? value.toISOString() : String(value);
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

export function conversationOf(row: Row): ConversationRecord {
  return {
    id: Number(row.id),
    name: String(row.name),
    clientId: Number(row.client_id),
    client: String(row.client),
    status: row.status as ConversationRecord['status'],
    updatedAt: isoTime(row.updated_at),
    updatedBy: textOrNull(row.updated_by),
  };
}

export function activationOf(row: Row): ActivationRecord {
  return {
    id: Number(row.id),
    conversationId: Number(row.conversation_id),
    conversation: String(row.conversation),
    clientId: Number(row.client_id),
    client: String(row.client),
    status: row.status as ActivationRecord['status'],
    totalMessages: row.total_messages === null ? null : Number(row.total_messages),
    injectedMessages: Number(row.injected_messages),
    activatedAt: isoTime(row.activated_at),
    updatedAt: isoTime(row.updated_at),
    updatedBy: textOrNull(row.updated_by),
  };
}

export function canaryOf(row: Row): CanaryRecord {
  return {
    id: String(row.id),
    channel: String(row.channel),
    sentAt: isoTime(row.sent_at) ?? '',
    deliveredAt: isoTime(row.delivered_at),
  };
}

interface SettingRow extends Row {
  readonly value: { readonly [key: string]: unknown } | null;
}

/** The injection switch from its row; a missing row or anything but `off` counts as `on`. */
export function injectionOf(row: Row | undefined): InjectionSwitch {
  return {
    state: (row as SettingRow | undefined)?.value?.state === 'off' ? 'off' : 'on',
    updatedAt: isoTime(row?.updated_at),
    updatedBy: textOrNull(row?.updated_by),
  };
}

/** The error-log switch from its row, judged at the row's `now`; a missing row or an unknown mode counts as `full`. */
export function errorLogOf(row: Row | undefined): ErrorLogSwitch {
  const value = (row as SettingRow | undefined)?.value;
  const mode: ErrorLogMode = value?.mode === 'sample' || value?.mode === 'off' ? value.mode : 'full';
  const expiresAt = textOrNull(value?.expiresAt);
  const now = row?.now instanceof Date ? row.now.getTime() : 0;
  const expired = expiresAt !== null && Date.parse(expiresAt) <= now;
  return {
    mode,
    sampleEvery: mode === 'sample' ? Number(value?.sampleEvery) : null,
    expiresAt,
    effectiveMode: expired ? 'full' : mode,
    updatedAt: isoTime(row?.updated_at),
    updatedBy: textOrNull(row?.updated_by),
  };
}
