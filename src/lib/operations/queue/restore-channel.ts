import { SpillwayError } from '../../core/errors.ts';
import type { WriteContext } from '../../core/operation.ts';
import type { PurgeState, QueueRecord, RecordSource } from '../../drivers/queue/driver.ts';
import type { ReadAccess, WriteAccess } from '../access.ts';
import { partsOf, sliceMs } from './quarantine-channel.ts';

type Context = WriteContext<ReadAccess, WriteAccess>;

/** Records handed to the driver at once; it cuts them into atomic pieces. */
const restoreBatch = 2_000;

/**
 * Puts everything that a purge took from a channel back in its old place, the parts backwards; first what is archived, then what is still quarantined.
 * Goes on where an earlier attempt stopped, and adds nothing when all is back. Throws SpillwayError `failed` for a damaged archive: what was put back so far stays.
 */
export async function restoreChannel(
  context: Context,
  write: WriteAccess,
  purgeId: string,
  channel: string,
): Promise<{ readonly restored: number }> {
  for (const part of (await partsOf(context, purgeId, channel)).reverse())
    await restorePart(context, write, part);
  const states = await partsOf(context, purgeId, channel);
  return { restored: states.reduce((sum, state) => sum + state.restored, 0) };
}

async function restorePart(context: Context, write: WriteAccess, part: PurgeState): Promise<void> {
  const { queue } = write;
  await context.checkpoint();
  let state = await queue.openRestore(part);
  while (state.stage === 'scanning') {
    await context.checkpoint();
    await queue.quarantine(part, sliceMs);
    state = await queue.openRestore(part);
  }
  if (state.stage === 'restoring' && state.restored < state.archived)
    state = await fromArchive(context, write, state);
  while (state.stage === 'restoring' && state.restored < state.matched) {
    await context.checkpoint();
    const records = await queue.readQuarantined(part, restoreBatch);
    state = await putBack(context, write, state, 'quarantine', records);
  }
  while (state.stage === 'restoring') {
    await context.checkpoint();
    state = await queue.finishRestore(part, sliceMs);
  }
}

async function fromArchive(context: Context, write: WriteAccess, from: PurgeState): Promise<PurgeState> {
  const { archive } = context.read;
  if ((await archive.show(from.purgeId)).state === 'open') {
    // the run ended before it described its last segments
    const stream = await write.archive.continueAt(from.purgeId, from, from.mark);
    try {
      await stream.close();
    } catch (error) {
      await stream.abandon();
      throw error;
    }
  }
  let state = from;
  for await (const batch of archive.open(from.purgeId, from, from.restored)) {
    for (let done = 0; done < batch.length; done += restoreBatch) {
      await context.checkpoint();
      state = await putBack(context, write, state, 'archive', batch.slice(done, done + restoreBatch));
    }
  }
  if (state.restored !== state.archived) {
    throw new SpillwayError(
      'failed',
      `archive ${from.purgeId} holds ${state.restored.toLocaleString('en-US')} messages of ${from.channel} where ${from.archived.toLocaleString('en-US')} were archived.`,
      { suggestions: [`spillway queue archives ${from.purgeId} --verify`] },
    );
  }
  return state;
}

async function putBack(
  context: Context,
  write: WriteAccess,
  from: PurgeState,
  source: RecordSource,
  records: readonly QueueRecord[],
): Promise<PurgeState> {
  const expected = from.restored;
  const state = await write.queue.restore(from, { expected, from: source, records });
  if (records.length === 0 || state.restored !== expected + records.length) {
    throw new SpillwayError(
      'failed',
      `the restore of ${from.channel} stands at ${state.restored.toLocaleString('en-US')} of ${state.matched.toLocaleString('en-US')} messages, not where this run put it; it stops here.`,
      { details: { purgeId: from.purgeId, channel: from.channel } },
    );
  }
  context.progress(
    `restore ${state.channel}: ${state.restored.toLocaleString('en-US')} of ${state.matched.toLocaleString('en-US')} messages`,
    state.restored / state.matched,
  );
  return state;
}
