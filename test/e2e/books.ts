import { join } from 'node:path';
import { archiveReader } from '../../src/lib/archive/archive-reader.ts';
import { type Channel, channelKeys, channels } from '../../src/lib/lab/names.ts';
import type { LabStormResult } from '../../src/lib/lab/storm.ts';
import type { E2eLab } from './e2e-lab.ts';

/** What a test reads of a message. */
export interface Message {
  readonly id: string;
  readonly conversationId: number;
  readonly activationId: number;
}

/** A row of `queue list --json`: each is read in one atom. */
export interface QueueRow {
  readonly channel: string;
  readonly injected: number;
  readonly delivered: number;
  readonly failed: number;
  readonly waiting: number;
  readonly processing: number;
  readonly quarantined: number;
  readonly archived: number;
}

/** KEYS: queue. ARGV: the pattern of the lists in work. What waits and what is in work, at one instant. */
const contentScript = `
local inWork = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  for _, raw in ipairs(redis.call('LRANGE', key, 0, -1)) do inWork[#inWork + 1] = raw end
end
return {redis.call('LRANGE', KEYS[1], 0, -1), inWork}
`;

/** The queues as `queue list` tells them. */
export async function queueRows(lab: E2eLab): Promise<readonly QueueRow[]> {
  return (await lab.json<{ readonly queues: readonly QueueRow[] }>(['queue', 'list'])).queues;
}

/** For each channel, what is missing from the account injected = delivered + failed + archived + waiting (+ in work, quarantined). */
export function imbalance(rows: readonly QueueRow[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    rows.map((row) => [
      row.channel,
      row.injected -
        (row.delivered + row.failed + row.archived + row.waiting + row.processing + row.quarantined),
    ]),
  );
}

export function sum(rows: readonly QueueRow[], pick: (row: QueueRow) => number): number {
  return rows.reduce((total, row) => total + pick(row), 0);
}

/** The lists of all channels as they are, newest message first: the raw texts that wait. */
export async function waitingTexts(lab: E2eLab): Promise<ReadonlyMap<Channel, readonly string[]>> {
  const contents = await contentOf(lab);
  return new Map([...contents].map(([channel, { waiting }]) => [channel, waiting]));
}

/** Every message that waits or is in work. */
export async function queuedMessages(lab: E2eLab): Promise<readonly Message[]> {
  const contents = await contentOf(lab);
  return [...contents.values()].flatMap(({ waiting, inWork }) => [...waiting, ...inWork].map(messageOf));
}

async function contentOf(
  lab: E2eLab,
): Promise<ReadonlyMap<Channel, { readonly waiting: string[]; readonly inWork: string[] }>> {
  return lab.inside.withRedis(
    async (redis) =>
      new Map(
        await Promise.all(
          channels.map(async (channel) => {
            const { queue, processingPrefix } = channelKeys(channel);
            const reply = await redis.eval(contentScript, 1, queue, `${processingPrefix}*`);
            const [waiting, inWork] = reply as [string[], string[]];
            return [channel, { waiting, inWork }] as const;
          }),
        ),
      ),
  );
}

/** Every record of every archive on disk, its checksums checked on the way. */
export async function archivedMessages(lab: E2eLab): Promise<readonly Message[]> {
  const reader = archiveReader(join(lab.stateDir, 'state', 'spillway', 'archives', 'lab'));
  const messages: Message[] = [];
  for (const { id } of await reader.list()) {
    const { segments } = await reader.show(id);
    const streams = new Map(
      segments.map(({ channel, part }) => [JSON.stringify([channel, part]), { channel, part }]),
    );
    for (const stream of streams.values())
      for await (const records of reader.open(id, stream))
        messages.push(...records.map(({ raw }) => messageOf(raw.toString('utf8'))));
  }
  return messages;
}

/** Where the messages of a storm are, by id. Sorted; an id that stands twice is in the list twice. */
export interface StormBooks {
  readonly failed: readonly string[];
  readonly archived: readonly string[];
  readonly queued: readonly string[];
}

/** The ids of a storm's messages in the error log, in the archives, and in the queues. Exact while its conversations are stopped, or the services are. */
export async function stormBooks(lab: E2eLab, storm: LabStormResult): Promise<StormBooks> {
  const activations = new Set(storm.conversations.map(({ activationId }) => activationId));
  const ids = (messages: readonly Message[]) =>
    messages
      .filter(({ activationId }) => activations.has(activationId))
      .map(({ id }) => id)
      .sort();
  const failed = await lab.inside.query<{ message_id: string }>(
    'select message_id from orchestrator.error_log where activation_id = any($1)',
    [[...activations]],
  );
  return {
    failed: failed.map((row) => row.message_id).sort(),
    archived: ids(await archivedMessages(lab)),
    queued: ids(await queuedMessages(lab)),
  };
}

/** How many distinct ids the books hold, and how many entries: both are the size of the storm when nothing is lost and nothing stands twice. */
export function bookSize({ failed, archived, queued }: StormBooks): { entries: number; distinct: number } {
  const all = [...failed, ...archived, ...queued];
  return { entries: all.length, distinct: new Set(all).size };
}

function messageOf(raw: string): Message {
  const { id, conversationId, activationId } = JSON.parse(raw) as Message;
  return { id, conversationId, activationId };
}

/** The conversations of a storm, smallest id first. */
export function culpritsOf(storm: LabStormResult): readonly number[] {
  return storm.conversations.map(({ conversationId }) => conversationId).sort((a, b) => a - b);
}
