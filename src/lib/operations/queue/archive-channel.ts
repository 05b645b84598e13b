import type { ArchiveStream } from '../../archive/contract.ts';
import { SpillwayError } from '../../core/errors.ts';
import { toJson } from '../../core/json.ts';
import type { WriteContext } from '../../core/operation.ts';
import type { PurgeState, QueueWriter } from '../../drivers/queue/driver.ts';
import type { ReadAccess, WriteAccess } from '../access.ts';
import type { QueuePurgeData } from './purge-plan.ts';
import { partsOf, sliceMs } from './quarantine-channel.ts';

type Context = WriteContext<ReadAccess, WriteAccess>;

/** Messages in one batch: one frame, one sync, one release. */
const archiveBatch = 2_500;

/**
 * Archives what is quarantined on a channel and releases it, batch by batch, in this order: written, synced, read again, compared; then the store's counter moves.
 * Goes on at the counter. Seals the archive when no channel of the purge has anything left.
 */
export async function archiveChannel(
  context: Context,
  write: WriteAccess,
  purge: QueuePurgeData,
  channel: string,
  batch = archiveBatch,
): Promise<{ readonly archived: number; readonly archiveId: string }> {
  const { purgeId } = purge;
  await write.archive.create({
    id: purgeId,
    target: context.target,
    runId: context.runId,
    purgeId,
    actor: context.actor,
    selector: toJson(purge.selector),
    createdAt: context.clock.now().toISOString(),
  });
  for (const state of await partsOf(context, purgeId, channel)) {
    if (state.stage === 'quarantined') await archivePart(context, write, state, batch);
  }
  const states = await context.read.queue.purge(purgeId);
  const awaited = purge.channels.filter((one) => !states.some((state) => state.channel === one.channel));
  if (awaited.length === 0 && states.every(({ stage }) => stage === 'archived'))
    await write.archive.seal(purgeId);
  const archived = states
    .filter((state) => state.channel === channel)
    .reduce((sum, state) => sum + state.archived, 0);
  return { archived, archiveId: purgeId };
}

async function archivePart(
  context: Context,
  write: WriteAccess,
  from: PurgeState,
  batch: number,
): Promise<void> {
  const stream = await write.archive.continueAt(from.purgeId, from, from.mark);
  try {
    await releaseAll(context, write.queue, stream, from, batch);
    await stream.close();
  } catch (error) {
    await stream.abandon();
    throw error;
  }
  await write.queue.finishPurge(from);
}

async function releaseAll(
  context: Context,
  queue: QueueWriter,
  stream: ArchiveStream,
  from: PurgeState,
  batch: number,
): Promise<void> {
  let state = from;
  let confirmedAt = context.clock.monotonicMs();
  await context.checkpoint();
  const read = async (skip: number) => stream.prepare(await queue.readQuarantined(state, batch, skip));
  let ready = await read(0);
  while (ready.records.length > 0) {
    if (context.clock.monotonicMs() - confirmedAt > sliceMs) {
      await context.checkpoint();
      confirmedAt = context.clock.monotonicMs();
    }
    const count = ready.records.length;
    // the next batch is read and compressed while this one goes to disk
    const [mark, next] = await Promise.all([stream.append(ready), read(count)]);
    const expected = state.archived;
    state = await queue.release(state, { expected, count, mark });
    if (state.archived !== expected + count || state.mark !== mark) {
      throw new SpillwayError(
        'failed',
        `the quarantine of ${state.channel} was released by somebody else meanwhile (${state.archived.toLocaleString('en-US')} messages, expected ${(expected + count).toLocaleString('en-US')}); this run stops here.`,
        { details: { purgeId: state.purgeId, channel: state.channel } },
      );
    }
    context.progress(
      `archive ${state.channel}: ${state.archived.toLocaleString('en-US')} of ${state.matched.toLocaleString('en-US')} messages`,
      state.matched === 0 ? 1 : state.archived / state.matched,
    );
    ready = next;
  }
}
