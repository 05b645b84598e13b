import { SpillwayError } from '../core/errors.ts';
import type { Streams } from './streams.ts';

const ending = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborted by the first Ctrl-C (or SIGTERM, or the terminal going away); the second one ends the process at once. */
export function interruptSignal(streams: Streams): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const interrupted = () => {
    if (controller.signal.aborted) process.exit(130);
    // The reason is what a wait throws when it is cut short.
    controller.abort(new SpillwayError('interrupted', 'stopped by Ctrl-C; what is done is journaled.'));
    streams.err('\nStopping after the piece in work. Press Ctrl-C again to stop at once.');
  };
  for (const name of ending) process.on(name, interrupted);
  return {
    signal: controller.signal,
    dispose() {
      for (const name of ending) process.off(name, interrupted);
    },
  };
}
