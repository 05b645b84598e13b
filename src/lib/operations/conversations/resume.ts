import { conversationsStatus } from './switch-status.ts';

/** `conversations.resume`: stopped → active. */
export const conversationsResume = conversationsStatus({
  id: 'conversations.resume',
  title: 'Resume conversations',
  verb: 'resume',
  from: 'stopped',
  to: 'active',
  notes: [
    'Messages of these conversations that still wait in the queues will be delivered again, or fail again.',
  ],
});
