import type { RedisReader } from '../../../backends/redis/contract.ts';
import type { QueueSample, SampledPage, SampleOptions } from '../driver.ts';
import { spreadPages } from '../pages.ts';
import { mostFirst } from '../tally.ts';
import type { ListChannel } from './channel-keys.ts';
import { readPage } from './counting.ts';
import { scripts } from './scripts.ts';

/** Samples pages in the server, one in flight: a page in the middle of millions costs a walk over the list's nodes, some 2 ms. */
export async function sampleChannels(
  handle: RedisReader,
  channels: readonly ListChannel[],
  options: SampleOptions,
): Promise<QueueSample[]> {
  const samples: QueueSample[] = [];
  for (const channel of channels) {
    const waiting = Number(await handle.call('llen', channel.queue));
    const pages: SampledPage[] = [];
    for (const { place, size } of spreadPages(waiting, options.pages, options.pageSize)) {
      options.signal?.throwIfAborted();
      const page = readPage(
        await handle.evaluate(scripts.count, [channel.queue, channel.stats], [place, size, '[]', '1', '']),
      );
      // consumers have taken the rest meanwhile
      if (page.looked === 0) break;
      pages.push({
        place,
        messages: page.looked,
        byConversation: mostFirst(new Map(page.conversations)),
        byClient: mostFirst(new Map(page.clients)),
      });
    }
    samples.push({ channel: channel.name, waiting, pages });
  }
  return samples;
}
