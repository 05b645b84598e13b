import type { RedisReply } from '../../../backends/redis/contract.ts';
import { SpillwayError } from '../../../core/errors.ts';
import type { PurgePart, PurgeStage, PurgeState, Selector } from '../driver.ts';

/**
 * Reads the reply that all purge and restore scripts give (see purge-state.lua).
 * Throws SpillwayError `locked` when another purge is open on the channel, `failed` when the store does not know the part.
 */
export function stateOf(reply: RedisReply, part: PurgePart): PurgeState {
  const state = stateIfKnown(reply, part);
  if (state === null) {
    throw new SpillwayError(
      'failed',
      `the store does not know purge ${part.purgeId} (part ${part.part}) on channel ${part.channel}.`,
      { suggestions: ['spillway queue archives'] },
    );
  }
  return state;
}

/** The same, with null for a part that the store does not know. */
export function stateIfKnown(reply: RedisReply, part: PurgePart): PurgeState | null {
  if (!Array.isArray(reply)) throw new TypeError('not the reply of a purge script');
  const [kind, ...values] = reply.map(text);
  if (kind === 'missing') return null;
  if (kind === 'locked') throw lockedBy(values[0] ?? '', part.channel);
  const [quarantined, work, neighbours, ...pairs] = values;
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < pairs.length; i += 2) fields.set(pairs[i] ?? '', pairs[i + 1] ?? '');
  const number = (name: string) => Number(fields.get(name) ?? 0);
  return {
    purgeId: fields.get('purge') ?? part.purgeId,
    channel: fields.get('channel') ?? part.channel,
    part: number('part'),
    stage: fields.get('stage') as PurgeStage,
    selector: JSON.parse(fields.get('selector') ?? '{"kind":"match"}') as Selector,
    openedAt: new Date(number('openedMs')).toISOString(),
    total: number('total'),
    scanned: number('scanned'),
    matched: number('matched'),
    survivors: number('survivors'),
    archived: number('archived'),
    restored: number('restored'),
    quarantined: Number(quarantined),
    held: Number(work) + Number(neighbours),
    mark: fields.get('mark') ?? '',
  };
}

/** The error for a channel on which another purge (its member of the open set: `<purge id>.<part>`) is not finished. */
function lockedBy(member: string, channel: string): SpillwayError {
  const purgeId = member.replace(/\.\d+$/, '');
  return new SpillwayError(
    'locked',
    `purge or restore ${purgeId} is not finished on channel ${channel}; nothing was changed.`,
    {
      suggestions: [
        'spillway runbook resume <run>   # goes on with it',
        'spillway undo <step>            # puts back what it took',
      ],
      details: { purgeId, channel },
    },
  );
}

function text(value: RedisReply): string {
  return value === null ? '' : Buffer.isBuffer(value) ? value.toString('utf8') : String(value);
}
