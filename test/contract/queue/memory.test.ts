import { memoryQueue } from '../../../src/lib/drivers/queue/memory.ts';
import { queueContract } from './queue-suite.ts';

queueContract('the queue in memory', async () => {
  const queue = memoryQueue(['email', 'sms'], { pieceSize: 7 });
  return {
    reader: queue.reader,
    writer: queue.writer,
    take: async (channel) => queue.take(channel),
    settle: async (channel, _raw, outcome) => queue.settle(channel, outcome),
    defer: async (channel) => queue.defer(channel),
    visible: async (channel) => queue.waiting(channel),
    close: async () => {},
  };
});
