import type { RedisWriter } from '../../../backends/redis/contract.ts';
import { SpillwayError } from '../../../core/errors.ts';
import type { PurgePart, PurgeState, QueueRecord, QueueWriter, RecordSource } from '../driver.ts';
import { wantedFields } from '../selector.ts';
import { channelNamed, type ListChannel, type PartKeys, partKeys, spillwayKeys } from './channel-keys.ts';
import { adaptivePace, defaultPace, type Pace, type PaceLimits } from './pace.ts';
import { stateOf } from './run-state.ts';
import { scripts } from './scripts.ts';

/** Changes Redis lists that are queues. One script is in flight at a time; `pace` bounds what one takes. */
export function redisListWriter(
  handle: RedisWriter,
  channels: readonly ListChannel[],
  pace: PaceLimits = defaultPace,
): QueueWriter {
  const place = (part: PurgePart) => {
    const channel = channelNamed(channels, part.channel);
    return { channel, keys: partKeys(channel, part), shared: spillwayKeys(channel) };
  };
  const scanPace = adaptivePace(pace);
  const restorePace = adaptivePace(pace);

  return {
    async enqueue(name, messages) {
      const channel = channelNamed(channels, name);
      if (messages.length === 0) return Number(await handle.call('llen', channel.queue));
      return Number(await handle.evaluate(scripts.enqueue, [channel.queue, channel.stats], [...messages]));
    },

    async openPurge(part, selector) {
      const { channel, keys, shared } = place(part);
      const reply = await handle.evaluate(
        scripts.openPurge,
        [
          channel.queue,
          keys.state,
          keys.work,
          keys.quarantine,
          keys.neighbours,
          shared.purges,
          shared.open,
          keys.places,
        ],
        [
          keys.member,
          part.purgeId,
          part.part,
          part.channel,
          JSON.stringify(selector),
          selector.kind === 'all' ? '1' : '0',
        ],
      );
      return stateOf(reply, part);
    },

    async quarantine(part, budgetMs) {
      const { channel, keys } = place(part);
      let conditions = '[]';
      const piece = async (size: number) => {
        const reply = await handle.evaluate(
          scripts.quarantine,
          [keys.state, keys.work, channel.queue, keys.quarantine, keys.neighbours, keys.anchors, keys.places],
          [size, conditions],
        );
        return stateOf(reply, part);
      };
      const state = stateOf(await handle.evaluate(scripts.state, showing(keys), []), part);
      conditions = JSON.stringify(wantedFields(state.selector));
      return inPieces(state, (now) => now.stage === 'scanning', piece, scanPace, budgetMs);
    },

    async readQuarantined(part, count, skip = 0) {
      const { keys } = place(part);
      const [elements, runs] = await Promise.all([
        handle.callBytes('lrange', keys.quarantine, skip, skip + count - 1),
        handle.call('lrange', keys.places, 0, skip + count - 1),
      ]);
      if (!Array.isArray(elements) || !Array.isArray(runs)) throw new TypeError('not the reply of LRANGE');
      return placed(elements as readonly Buffer[], runs as readonly string[], skip);
    },

    async release(part, { expected, count, mark }) {
      const { keys, shared } = place(part);
      const reply = await handle.evaluate(
        scripts.release,
        [keys.state, keys.quarantine, keys.work, keys.neighbours, shared.totals, keys.places],
        [expected, count, mark],
      );
      return stateOf(reply, part);
    },

    async finishPurge(part) {
      const { keys, shared } = place(part);
      const reply = await handle.evaluate(
        scripts.finishPurge,
        [...showing(keys), shared.open],
        [keys.member],
      );
      return stateOf(reply, part);
    },

    async openRestore(part) {
      const { channel, keys, shared } = place(part);
      const reply = await handle.evaluate(
        scripts.openRestore,
        [keys.state, channel.queue, keys.quarantine, keys.work, keys.neighbours, shared.open],
        [keys.member, part.purgeId],
      );
      return stateOf(reply, part);
    },

    async restore(part, { expected, from, records }) {
      const { channel, keys, shared } = place(part);
      const all = [
        keys.state,
        channel.queue,
        keys.quarantine,
        keys.work,
        keys.neighbours,
        keys.anchors,
        shared.totals,
        keys.places,
      ];
      return restoreAll(handle, all, part, { expected, from, records }, restorePace);
    },

    async finishRestore(part, budgetMs) {
      const { channel, keys, shared } = place(part);
      const piece = async (size: number) => {
        const reply = await handle.evaluate(
          scripts.restoreRest,
          [keys.state, channel.queue, keys.quarantine, keys.work, keys.neighbours, keys.anchors, shared.open],
          [size, keys.member],
        );
        return stateOf(reply, part);
      };
      const first = await piece(restorePace.size());
      const goesOn = (now: PurgeState) => now.stage === 'restoring' && now.restored === now.matched;
      return inPieces(first, goesOn, piece, restorePace, budgetMs);
    },
  };
}

/** Calls `piece` again and again until the state says that it is through or the time is up. */
async function inPieces(
  first: PurgeState,
  goesOn: (state: PurgeState) => boolean,
  piece: (size: number) => Promise<PurgeState>,
  pace: Pace,
  budgetMs: number,
): Promise<PurgeState> {
  const until = performance.now() + budgetMs;
  let state = first;
  do {
    if (!goesOn(state)) return state;
    const started = performance.now();
    state = await piece(pace.size());
    pace.took(performance.now() - started);
  } while (performance.now() < until);
  return state;
}

/** Feeds records to the script. While it has many neighbours to move between two records, it is sent few records, so that they are not sent in vain again and again. */
async function restoreAll(
  handle: RedisWriter,
  keys: readonly string[],
  part: PurgePart,
  piece: { readonly expected: number; readonly from: RecordSource; readonly records: readonly QueueRecord[] },
  pace: Pace,
): Promise<PurgeState> {
  let done = 0;
  let feed = pace.size();
  for (;;) {
    const records = piece.records.slice(done, done + feed);
    const expected = piece.expected + done;
    const started = performance.now();
    const state = stateOf(
      await handle.evaluate(scripts.restorePiece, keys, [
        expected,
        piece.from,
        pace.size(),
        ...records.flatMap(({ position, raw }) => [position, raw]),
      ]),
      part,
    );
    pace.took(performance.now() - started);
    const accepted = state.restored - expected;
    if (accepted < 0 || accepted > records.length || state.stage !== 'restoring') return state;
    done += accepted;
    if (done === piece.records.length) return state;
    feed = accepted === records.length ? Math.min(pace.size(), feed * 2) : Math.max(1, accepted);
  }
}

function showing(keys: PartKeys): string[] {
  return [keys.state, keys.quarantine, keys.work, keys.neighbours];
}

/** Gives each message its position: runs (`first length`) tell those of all quarantined messages, of which `skip` come before these. */
function placed(elements: readonly Buffer[], runs: readonly string[], skip: number): QueueRecord[] {
  const records: QueueRecord[] = [];
  let before = skip;
  for (const run of runs) {
    const [first = Number.NaN, length = 0] = run.split(' ').map(Number);
    for (let i = Math.min(before, length); i < length && records.length < elements.length; i += 1) {
      const raw = elements[records.length];
      if (raw !== undefined) records.push({ position: first - i, raw });
    }
    before = Math.max(0, before - length);
    if (records.length === elements.length) break;
  }
  if (records.length !== elements.length)
    throw new SpillwayError('failed', 'the quarantine holds messages without a place; nothing was changed.');
  return records;
}
