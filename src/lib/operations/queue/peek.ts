import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { CatalogueOperation } from '../access.ts';
import { isSelection, selectionFields, selectorOf } from './selection.ts';

const { all: _all, ...lists } = selectionFields;
const input = z.strictObject({
  channel: z.string().min(1),
  count: z.int().min(1).max(1_000).default(5),
  end: z.enum(['oldest', 'newest']).default('oldest').describe('oldest: the next to be taken'),
  ...lists,
});
type Input = z.output<typeof input>;

/** What `queue.peek` gives. */
export interface QueuePeekData {
  readonly channel: string;
  readonly end: 'oldest' | 'newest';
  readonly waiting: number;
  /** Messages looked at to find these. */
  readonly lookedAt: number;
  readonly messages: readonly PeekedText[];
}

/** The message as text, or as base64 when its bytes are not valid UTF-8. */
export interface PeekedText {
  /** 0-based, from the end that was asked for. */
  readonly place: number;
  readonly bytes: number;
  readonly message: string | null;
  readonly base64: string | null;
}

/** `queue.peek`: a few messages as they are, taken nowhere. */
export const queuePeek: CatalogueOperation<Input, QueuePeekData> = diagnosis({
  id: 'queue.peek',
  title: 'Look at messages',
  input,
  async measure(context, { channel, count, end, ...selection }) {
    const peek = await context.read.queue.peek(channel, {
      end,
      count,
      ...(isSelection(selection) ? { selector: selectorOf(selection) } : {}),
    });
    const messages = peek.messages.map(({ place, raw }) => {
      const text = isUtf8(raw);
      return {
        place,
        bytes: raw.length,
        message: text ? raw.toString('utf8') : null,
        base64: text ? null : raw.toString('base64'),
      };
    });
    return {
      summary: `${messages.length} of ${peek.waiting.toLocaleString('en-US')} messages waiting in ${channel}.`,
      data: { channel, end, waiting: peek.waiting, lookedAt: peek.lookedAt, messages },
    };
  },
});
