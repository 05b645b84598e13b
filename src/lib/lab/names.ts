/** The channels of the reference orchestrator, in the order in which they are shown. */
export const channels = ['email', 'sms', 'push', 'webhook'] as const;
export type Channel = (typeof channels)[number];

/** The ten services of the incident report, in the order in which they are restarted. */
export const serviceNames = [
  'director',
  'email-dispatcher',
  'sms-dispatcher',
  'push-dispatcher',
  'webhooks',
  'do-not-contact-api',
  'one-time-password-api',
  'conversation-api',
  'smtp-api',
  'bulk-load-api',
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Every Node.js process of the lab: the services and the local receivers for Slack and Statuspage. */
export const processNames = [...serviceNames, 'inbox'] as const;
export type ProcessName = (typeof processNames)[number];

/** Which channel a dispatcher works. */
export const dispatcherChannels: Readonly<Partial<Record<ProcessName, Channel>>> = {
  'email-dispatcher': 'email',
  'sms-dispatcher': 'sms',
  'push-dispatcher': 'push',
  webhooks: 'webhook',
};

export function isProcessName(name: string): name is ProcessName {
  return (processNames as readonly string[]).includes(name);
}

export const loopback = '127.0.0.1';
export const databaseName = 'orchestrator';

/** The Postgres roles of the lab. `admin` owns the cluster; `orchestrator` is the services; the others are for Spillway. */
export const roles = {
  admin: 'lab_admin',
  orchestrator: 'orchestrator',
  operator: 'spillway',
  reader: 'spillway_reader',
} as const;

/** The Redis keys of a channel. The hash tag keeps all of them in one slot. */
export interface ChannelKeys {
  /** List: LPUSH puts the newest, consumers take from the right. */
  readonly queue: string;
  /** Prefix of the lists of messages in work, one list a worker. */
  readonly processingPrefix: string;
  /** Hash of counters: injected, processed, failed, delivered:<clientId>, injected:<activationId>, error_log_dropped. */
  readonly stats: string;
}

export function channelKeys(channel: Channel): ChannelKeys {
  const base = `orchestrator:{${channel}}`;
  return { queue: `${base}:queue`, processingPrefix: `${base}:processing:`, stats: `${base}:stats` };
}
