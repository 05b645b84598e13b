import type { Streams } from './streams.ts';

/** Shows how far a long piece of work is: a spinner line on a terminal, nothing where nobody looks. */
export interface ProgressLine {
  update(message: string, fraction?: number): void;
  /** Takes the line away, so that other text can be written. */
  clear(): void;
}

/** `quiet`: JSON was asked for, or standard error is no terminal. ora is loaded with the first message. */
export function progressLine(streams: Streams, quiet: boolean): ProgressLine {
  if (quiet || !streams.interactive) return { update: () => {}, clear: () => {} };
  let spinner: { text: string; start(): unknown; stop(): unknown; isSpinning: boolean } | null = null;
  let latest: string | null = null;
  let loading = false;
  const load = async () => {
    loading = true;
    const { default: ora } = await import('ora');
    spinner = ora({ stream: process.stderr, discardStdin: false });
    loading = false;
    show();
  };
  const show = () => {
    if (spinner === null || latest === null) return;
    spinner.text = latest;
    if (!spinner.isSpinning) spinner.start();
  };
  const clear = () => {
    latest = null;
    spinner?.stop();
  };
  streams.beforeWriting(clear);
  return {
    update(message, fraction) {
      latest = fraction === undefined ? message : `${message} ${Math.floor(fraction * 100)} %`;
      if (spinner === null && !loading) {
        load().catch((error: unknown) => {
          throw error;
        });
      }
      show();
    },
    clear,
  };
}
