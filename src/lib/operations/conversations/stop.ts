import { conversationsStatus } from './switch-status.ts';

/** `conversations.stop`: active → stopped. What is queued stays queued: that is for `queue.purge`. */
export const conversationsStop = conversationsStatus({
  id: 'conversations.stop',
  title: 'Stop conversations',
  verb: 'stop',
  from: 'active',
  to: 'stopped',
  notes: [
    'Their activations keep their status, and messages that are queued already stay queued (spillway queue purge takes them out).',
  ],
});
