import type { Clock } from '../../core/clock.ts';
import { SpillwayError } from '../../core/errors.ts';
import type { Destination, NotifierReader, NotifierWriter } from './driver.ts';
import { postToSlack } from './slack.ts';
import { findIncident, type StatuspageOptions, sendUpdate } from './statuspage.ts';

export interface HttpNotifierOptions {
  /** Null: not configured. The webhook's URL is a secret. */
  readonly slack: { readonly webhook: () => Promise<string>; readonly channel: string | null } | null;
  /** Null: not configured. The key is a secret. */
  readonly statusPage: {
    readonly url: string;
    readonly page: string;
    readonly key: () => Promise<string>;
    readonly components: readonly string[];
  } | null;
  readonly clock: Clock;
  /** Limit for one exchange, in milliseconds; 5,000 unless told. */
  readonly timeoutMs?: number;
}

/** Slack's incoming webhook and Statuspage's API. Does no I/O itself and reads no secret before it is needed. */
export function httpNotifier(options: HttpNotifierOptions): {
  readonly reader: NotifierReader;
  readonly writer: NotifierWriter;
} {
  const shared = { clock: options.clock, timeoutMs: options.timeoutMs ?? 5_000 };

  function statusPage(): StatuspageOptions {
    if (options.statusPage === null) throw notConfigured('status page', 'notify.statuspage');
    return { ...options.statusPage, ...shared };
  }

  return {
    reader: {
      destinations() {
        const places: Destination[] = [];
        if (options.slack !== null) places.push({ to: 'slack', channel: options.slack.channel });
        if (options.statusPage !== null) {
          const { page, url } = options.statusPage;
          places.push({ to: 'status-page', page, host: URL.parse(url)?.host ?? url });
        }
        return places;
      },
      findStatusPageIncident: async (query, signal) => findIncident(statusPage(), query, signal),
    },
    writer: {
      async slack(message, signal) {
        if (options.slack === null) throw notConfigured('Slack channel', 'notify.slack');
        await postToSlack({ ...options.slack, ...shared }, message, signal);
      },
      statusPage: async (update, signal) => sendUpdate(statusPage(), update, signal),
    },
  };
}

function notConfigured(what: string, where: string): SpillwayError {
  return new SpillwayError('usage', `The target has no ${what}.`, {
    suggestions: [`add \`${where}\` to the target in spillway.yaml`],
  });
}
