import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { SpillwayError } from '../core/errors.ts';
import { openPostgres } from './connections.ts';
import { layoutOf } from './layout.ts';
import { roles } from './names.ts';
import { sequence, shuffled, unevenSplit } from './random.ts';
import { readSecret, requireRecord } from './record.ts';
import { clientCount, newsletterOf, remindersOf } from './seed.ts';

export interface LabStormOptions {
  readonly labFolder: string;
  readonly uid: number;
  /** How many messages in all, split unevenly and exactly over the conversations. */
  readonly messages: number;
  /** 1 to 80; each of another client as long as there are clients. */
  readonly conversations: number;
  /** The same seed chooses the same conversations, shares and recipients. */
  readonly seed: number;
  /** Whether the recipients are in order: `valid` floods the queues with good messages. `invalid` unless told. */
  readonly validity?: 'valid' | 'invalid';
  /** Stops the waiting, not the storm. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StormProgress) => void;
}

export interface StormProgress {
  readonly injected: number;
  readonly total: number;
  /** Since the activation. */
  readonly elapsedMs: number;
  readonly ratePerSecond: number;
}

export interface LabStormResult extends StormProgress {
  /** `injected`: all of it stands in the queues. `held`: paused, stopped or switched off before that. `left`: not waited for. */
  readonly outcome: 'injected' | 'held' | 'left';
  readonly activatedAt: string;
  readonly conversations: readonly StormConversation[];
}

export interface StormConversation {
  readonly conversationId: number;
  readonly name: string;
  readonly clientId: number;
  readonly client: string;
  readonly activationId: number;
  readonly messages: number;
}

interface Progress {
  readonly injected: string;
  readonly open: boolean;
  readonly held: boolean;
  readonly elapsed_ms: number;
}

/**
 * The incident: activates conversations together whose contact lists hold only invalid recipients, and waits until the director
 * has injected them. The director does it by its ordinary way; nothing is put into a queue here.
 * @throws SpillwayError `usage` for numbers out of range, `refused` where there is no lab
 */
export async function labStorm(options: LabStormOptions): Promise<LabStormResult> {
  requireWhole('conversations', options.conversations, 1, 2 * clientCount);
  requireWhole('messages', options.messages, options.conversations, 100_000_000);
  requireWhole('seed', options.seed, 0, 2 ** 31 - 1);
  const record = requireRecord(layoutOf(options.labFolder, options.uid).record);
  const client = await openPostgres({
    port: record.postgres.port,
    user: roles.orchestrator,
    password: readSecret(record.layout, 'postgres-orchestrator'),
    applicationName: 'lab storm',
  });
  try {
    const { activatedAt, conversations } = await activate(client, options);
    const ended = await follow(client, conversations, options);
    return { ...ended, activatedAt, conversations };
  } finally {
    await client.end();
  }
}

function requireWhole(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw new SpillwayError('usage', `${name} must be a whole number from ${least} to ${most}, not ${value}`);
}

/** The conversations of a storm: payment reminders of different clients; newsletters only when there are not enough of those. */
function chooseConversations(count: number, seed: number): { ids: number[]; next: () => number } {
  const next = sequence(seed);
  const clientIds = Array.from({ length: clientCount }, (_, index) => index + 1);
  const ids = [
    ...shuffled(clientIds, next).map(remindersOf),
    ...shuffled(clientIds, next).map(newsletterOf),
  ].slice(0, count);
  return { ids, next };
}

async function activate(
  client: Client,
  options: LabStormOptions,
): Promise<{ activatedAt: string; conversations: readonly StormConversation[] }> {
  const { ids, next } = chooseConversations(options.conversations, options.seed);
  const shares = unevenSplit(options.messages, ids.length, next);
  const activated = await client.query<{ id: number; conversation_id: number; activated_at: Date }>(
    // one statement, one transaction: all are seen at the same moment
    `with activation as (
       insert into orchestrator.activations (conversation_id, status, total_messages, updated_by)
         select conversation_id, 'scheduled', total, 'lab storm'
           from unnest($1::integer[], $2::bigint[]) with ordinality as chosen (conversation_id, total, position)
           order by position
         returning id, conversation_id, activated_at),
     list as (
       insert into lab.contact_lists (activation_id, seed, validity)
         select id, $3::bigint + conversation_id, $4 from activation)
     select id, conversation_id, activated_at from activation`,
    [ids, shares, options.seed, options.validity ?? 'invalid'],
  );
  const named = await client.query<{ id: number; name: string; client_id: number; client: string }>(
    `select c.id, c.name, c.client_id, cl.name as client
       from orchestrator.conversations c join orchestrator.clients cl on cl.id = c.client_id where c.id = any($1)`,
    [ids],
  );
  const names = new Map(named.rows.map((row) => [row.id, row]));
  const activations = new Map(activated.rows.map((row) => [row.conversation_id, row.id]));
  return {
    activatedAt: (activated.rows[0]?.activated_at ?? new Date()).toISOString(),
    conversations: ids.map((conversationId, index) => ({
      conversationId,
      name: names.get(conversationId)?.name ?? '',
      clientId: names.get(conversationId)?.client_id ?? 0,
      client: names.get(conversationId)?.client ?? '',
      activationId: activations.get(conversationId) ?? 0,
      messages: shares[index] ?? 0,
    })),
  };
}

/** Waits until nothing of it is open any more. Times are the database's own. */
async function follow(
  client: Client,
  conversations: readonly StormConversation[],
  options: LabStormOptions,
): Promise<StormProgress & { readonly outcome: LabStormResult['outcome'] }> {
  const ids = conversations.map(({ activationId }) => activationId);
  for (;;) {
    const found = await client.query<Progress>({
      name: 'storm-progress',
      text: `select sum(a.injected_messages) as injected,
                    bool_or(a.status in ('scheduled', 'injecting')) as open,
                    bool_and(a.status in ('completed', 'cancelled', 'paused') or c.status = 'stopped')
                      or bool_or(s.value ->> 'state' = 'off') as held,
                    (extract(epoch from case when bool_or(a.status in ('scheduled', 'injecting'))
                       then clock_timestamp() else max(a.updated_at) end - min(a.activated_at)) * 1000)::float8 as elapsed_ms
               from orchestrator.activations a join orchestrator.conversations c on c.id = a.conversation_id
               cross join orchestrator.settings s
               where a.id = any($1) and s.key = 'injection'`,
      values: [ids],
    });
    const row = found.rows[0];
    const injected = Number(row?.injected ?? 0);
    const elapsedMs = row?.elapsed_ms ?? 0;
    const progress = {
      injected,
      total: options.messages,
      elapsedMs,
      ratePerSecond: elapsedMs > 0 ? (injected / elapsedMs) * 1_000 : 0,
    };
    options.onProgress?.(progress);
    if (!row?.open && injected === options.messages) return { ...progress, outcome: 'injected' };
    if (row?.held) return { ...progress, outcome: 'held' };
    if (options.signal?.aborted) return { ...progress, outcome: 'left' };
    await delay(100);
  }
}
