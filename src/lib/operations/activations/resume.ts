import { activationsStatus } from './switch-status.ts';

/** `activations.resume`: paused → injecting, or scheduled when it has an end and nothing of it was injected yet. All or nothing. */
export const activationsResume = activationsStatus({
  id: 'activations.resume',
  title: 'Resume injection',
  verb: 'resume',
  from: ['paused'],
  to: (activation) =>
    activation.totalMessages !== null && activation.injectedMessages === 0 ? 'scheduled' : 'injecting',
  injection: 'on',
  drift: 'exact',
  whenMoved: 'refuse',
});
