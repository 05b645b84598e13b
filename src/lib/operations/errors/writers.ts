import type { ReadContext } from '../../core/operation.ts';
import type { ReadAccess } from '../access.ts';
import { errorsTop } from './top.ts';

/** Below this many errors a second nobody is a culprit: that is the usual noise of bad addresses. */
export const noticeableErrorsPerSecond = 20;
/** Who writes less than this share of the errors is not a culprit. */
export const culpritShare = 0.02;

/** The conversations that write the errors now, most first; empty when nothing noticeable is written. */
export async function errorWriters(context: ReadContext<ReadAccess>): Promise<number[]> {
  const { data } = await errorsTop.plan(context, errorsTop.input.parse({ limit: 30 }));
  if (data.window.insertsPerSecond < noticeableErrorsPerSecond) return [];
  return data.conversations
    .filter(({ share }) => share >= culpritShare)
    .map(({ conversationId }) => conversationId);
}
