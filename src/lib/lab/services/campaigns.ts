import type { Redis } from 'ioredis';
import { messageFactory } from '../message.ts';
import { type Channel, channelKeys, channels } from '../names.ts';
import type { PostgresSession } from './postgres-session.ts';

/** The part of a campaign that goes through one channel. Its messages are numbered from 0. */
export interface ChannelPart {
  readonly channel: Channel;
  readonly total: number;
  readonly make: (index: number, enqueuedAt: string) => string;
  /** Handed to Redis, confirmed or not. */
  sent: number;
  /** Confirmed by Redis; its own count, `injected:<activationId>`, is the truth after a crash. */
  confirmed: number;
}

/** An activation with a contact list, while the director injects it. */
export interface Campaign {
  readonly activationId: number;
  readonly total: number;
  readonly parts: readonly ChannelPart[];
  /** Whether the last look at the database allowed it to be injected. */
  eligible: boolean;
  /** The count that the database has. */
  recorded: number;
}

interface CampaignRow {
  readonly id: number;
  readonly conversation_id: number;
  readonly client_id: number;
  readonly status: 'scheduled' | 'injecting';
  readonly total_messages: string;
  readonly injected_messages: string;
  readonly seed: string;
  readonly validity: 'valid' | 'invalid';
}

export function injectedField(activationId: number): string {
  return `injected:${activationId}`;
}

export function confirmedOf(campaign: Campaign): number {
  return campaign.parts.reduce((sum, part) => sum + part.confirmed, 0);
}

/** The activations that may be injected now: scheduled or injecting, with a contact list, of an active conversation. */
export async function readEligible(postgres: PostgresSession): Promise<readonly CampaignRow[]> {
  const found = await postgres.query<CampaignRow>({
    name: 'eligible-campaigns',
    text: `select a.id, a.conversation_id, c.client_id, a.status, a.total_messages, a.injected_messages, l.seed, l.validity
             from orchestrator.activations a
             join orchestrator.conversations c on c.id = a.conversation_id
             join lab.contact_lists l on l.activation_id = a.id
             where a.status in ('scheduled', 'injecting') and c.status = 'active'
             order by a.id`,
  });
  return found.rows;
}

/**
 * Takes a campaign up where it was left: Redis knows how many messages of each channel it holds or held.
 * @returns undefined when Redis lost them (it keeps nothing over a restart); the activation is cancelled then, for going on
 * would send messages twice
 */
export async function takeUp(
  postgres: PostgresSession,
  redis: Redis,
  row: CampaignRow,
): Promise<Campaign | undefined> {
  const field = injectedField(row.id);
  const counts = await Promise.all(channels.map((channel) => redis.hget(channelKeys(channel).stats, field)));
  const total = Number(row.total_messages);
  const parts = channels.map((channel, index): ChannelPart => {
    const confirmed = Number(counts[index] ?? 0);
    return {
      channel,
      total: Math.floor(total / channels.length) + (index < total % channels.length ? 1 : 0),
      make: messageFactory({
        conversationId: row.conversation_id,
        activationId: row.id,
        clientId: row.client_id,
        channel,
        seed: Number(row.seed),
        validity: row.validity,
      }),
      sent: confirmed,
      confirmed,
    };
  });
  const campaign = {
    activationId: row.id,
    total,
    parts,
    eligible: true,
    recorded: Number(row.injected_messages),
  };
  if (confirmedOf(campaign) < campaign.recorded) {
    await setStatus(postgres, row.id, row.status, 'cancelled', 'director: the queues were lost');
    return undefined;
  }
  if (row.status === 'scheduled') await setStatus(postgres, row.id, 'scheduled', 'injecting', 'director');
  return campaign;
}

/** Writes how far campaigns have come, in one statement. */
export async function recordProgress(
  postgres: PostgresSession,
  campaigns: readonly Campaign[],
): Promise<void> {
  const changed = campaigns.filter((campaign) => confirmedOf(campaign) !== campaign.recorded);
  if (changed.length === 0) return;
  const counts = changed.map(confirmedOf);
  await postgres.query({
    name: 'record-progress',
    text: `update orchestrator.activations a set injected_messages = v.injected
             from unnest($1::integer[], $2::bigint[]) as v (id, injected) where a.id = v.id`,
    values: [changed.map(({ activationId }) => activationId), counts],
  });
  for (const [index, campaign] of changed.entries()) campaign.recorded = counts[index] ?? 0;
}

/** Closes a campaign that is injected to the last message, and drops its count from Redis. False when it was paused meanwhile. */
export async function complete(
  postgres: PostgresSession,
  redis: Redis,
  campaign: Campaign,
): Promise<boolean> {
  const closed = await setStatus(postgres, campaign.activationId, 'injecting', 'completed', 'director');
  if (closed)
    for (const { channel } of campaign.parts)
      await redis.hdel(channelKeys(channel).stats, injectedField(campaign.activationId));
  return closed;
}

async function setStatus(
  postgres: PostgresSession,
  activationId: number,
  from: string,
  to: string,
  by: string,
): Promise<boolean> {
  const updated = await postgres.query({
    name: 'set-status',
    text: `update orchestrator.activations set status = $3, updated_at = now(), updated_by = $4
             where id = $1 and status = $2`,
    values: [activationId, from, to, by],
  });
  return updated.rowCount === 1;
}
