import { activationsStatus } from './switch-status.ts';

/** `activations.pause`: scheduled or injecting → paused; what completes by itself meanwhile is left alone and reported. */
export const activationsPause = activationsStatus({
  id: 'activations.pause',
  title: 'Pause injection',
  verb: 'pause',
  from: ['scheduled', 'injecting'],
  to: () => 'paused',
  injection: 'off',
  drift: 'fewer',
  whenMoved: 'skip',
});
