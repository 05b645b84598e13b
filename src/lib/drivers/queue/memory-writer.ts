import { SpillwayError } from '../../core/errors.ts';
import type { PurgePart, PurgeState, QueueWriter } from './driver.ts';
import { type MemoryChannel, type MemoryPart, memoryChannel } from './memory-state.ts';
import { demandPart } from './part.ts';
import { matches } from './selector.ts';

/** The writing half of the queue in memory. */
export function memoryWriter(
  channels: readonly MemoryChannel[],
  pieceSize: number,
  now: () => number,
): QueueWriter {
  const find = (part: PurgePart) => {
    const channel = memoryChannel(channels, part.channel);
    const found = channel.parts.get(memberOf(part));
    if (found === undefined)
      throw new SpillwayError(
        'failed',
        `the store does not know purge ${part.purgeId} (part ${part.part}) on channel ${part.channel}.`,
      );
    return { channel, found };
  };

  return {
    async enqueue(name, messages) {
      const channel = memoryChannel(channels, name);
      for (const raw of messages) channel.queue.unshift({ raw, places: new Map() });
      channel.injected += messages.length;
      return channel.queue.length;
    },

    async openPurge(part, selector) {
      const channel = memoryChannel(channels, part.channel);
      demandPart(part);
      const known = channel.parts.get(memberOf(part));
      if (known !== undefined) return known.state;
      refuseOther(channel, part);
      const all = selector.kind === 'all';
      const aside = channel.queue;
      channel.queue = [];
      const total = aside.length;
      const opened: MemoryPart = {
        state: {
          ...part,
          stage: all || total === 0 ? 'quarantined' : 'scanning',
          selector,
          openedAt: new Date(now()).toISOString(),
          total,
          scanned: all ? total : 0,
          matched: all ? total : 0,
          survivors: 0,
          archived: 0,
          restored: 0,
          quarantined: 0,
          held: 0,
          mark: '',
        },
        abandoned: false,
        work: all ? [] : aside,
        quarantine: all ? aside : [],
        neighbours: [],
        taken: new Map(all ? aside.map((message, index) => [total - 1 - index, message]) : []),
      };
      channel.parts.set(memberOf(part), opened);
      channel.open.add(memberOf(part));
      return update(opened, {});
    },

    async quarantine(part) {
      const { channel, found } = find(part);
      if (found.state.stage !== 'scanning') return found.state;
      const { selector, total } = found.state;
      let { scanned, matched, survivors } = found.state;
      for (const message of found.work.splice(0, pieceSize)) {
        scanned += 1;
        const position = total - scanned;
        if (!found.abandoned && matches(selector, message.raw.toString())) {
          matched += 1;
          found.taken.set(position, message);
          found.quarantine.push(message);
        } else {
          survivors += 1;
          message.places.set(memberOf(part), position);
          channel.queue.push(message);
        }
      }
      const stage = found.work.length === 0 ? 'quarantined' : 'scanning';
      return update(found, { scanned, matched, survivors, stage });
    },

    async readQuarantined(part, count, skip = 0) {
      const { found } = find(part);
      const positions = [...found.taken].filter(([, message]) => found.quarantine.includes(message));
      return positions
        .sort(([a], [b]) => b - a)
        .slice(skip, skip + count)
        .map(([position, message]) => ({ position, raw: message.raw }));
    },

    async release(part, { expected, count, mark }) {
      const { channel, found } = find(part);
      const { stage, archived } = found.state;
      if (stage !== 'quarantined' || archived !== expected || found.quarantine.length < count)
        return found.state;
      found.quarantine.splice(0, count);
      channel.archived += count;
      return update(found, { archived: archived + count, mark });
    },

    async finishPurge(part) {
      const { channel, found } = find(part);
      if (found.state.stage !== 'quarantined' || found.quarantine.length > 0) return found.state;
      channel.open.delete(memberOf(part));
      return update(found, { stage: 'archived' });
    },

    async openRestore(part) {
      const { channel, found } = find(part);
      const { stage, matched, survivors } = found.state;
      if (stage === 'restoring' || stage === 'restored') return found.state;
      refuseOther(channel, part);
      if (stage === 'scanning') {
        found.abandoned = true;
        return found.state;
      }
      if (matched === 0) {
        channel.open.delete(memberOf(part));
        return update(found, { stage: 'restored' });
      }
      channel.open.add(memberOf(part));
      if (survivors > 0) {
        found.neighbours = channel.queue;
        channel.queue = [];
      }
      return update(found, { stage: 'restoring' });
    },

    async restore(part, { expected, from, records }) {
      const { channel, found } = find(part);
      const { stage, restored, archived, matched } = found.state;
      if (stage !== 'restoring' || restored !== expected) return found.state;
      if (from === 'archive' && restored + records.length > archived)
        throw new SpillwayError('failed', 'more records than were archived');
      if (from === 'quarantine' && (restored < archived || restored + records.length > matched))
        throw new SpillwayError('failed', 'the archived records come first');
      const isNewer = (position: number) =>
        (found.neighbours[0]?.places.get(memberOf(part)) ?? Number.POSITIVE_INFINITY) > position;
      for (const { position, raw } of records) {
        while (found.neighbours.length > 0 && isNewer(position))
          channel.queue.push(...found.neighbours.splice(0, 1));
        channel.queue.push(found.taken.get(position) ?? { raw, places: new Map() });
        if (from === 'archive') channel.archived -= 1;
        else found.quarantine.shift();
      }
      return update(found, { restored: restored + records.length });
    },

    async finishRestore(part) {
      const { channel, found } = find(part);
      if (found.state.stage !== 'restoring' || found.state.restored !== found.state.matched)
        return found.state;
      channel.queue.push(...found.neighbours.splice(0, pieceSize));
      if (found.neighbours.length > 0) return update(found, {});
      channel.open.delete(memberOf(part));
      return update(found, { stage: 'restored' });
    },
  };
}

function memberOf({ purgeId, part }: PurgePart): string {
  return `${purgeId}.${part}`;
}

function refuseOther(channel: MemoryChannel, part: PurgePart): void {
  for (const member of channel.open) {
    const purgeId = member.replace(/\.\d+$/, '');
    if (purgeId !== part.purgeId)
      throw new SpillwayError(
        'locked',
        `purge or restore ${purgeId} is not finished on channel ${channel.name}; nothing was changed.`,
      );
  }
}

function update(part: MemoryPart, changes: Partial<PurgeState>): PurgeState {
  const held = part.work.length + part.neighbours.length;
  part.state = { ...part.state, ...changes, quarantined: part.quarantine.length, held };
  return part.state;
}
