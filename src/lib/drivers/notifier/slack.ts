import type { Clock } from '../../core/clock.ts';
import { SpillwayError } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';
import { exchange, type NotifierResponse } from './request.ts';

export interface SlackOptions {
  /** The incoming webhook's URL: a secret, read when it is needed. */
  readonly webhook: () => Promise<string>;
  /** For people; the webhook itself decides where the message goes. */
  readonly channel: string | null;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

const mostSectionCharacters = 3_000;
const mostHeaderCharacters = 150;
const longestWaitSeconds = 10;

/**
 * Posts to a Slack incoming webhook: JSON `{text, blocks}`, answered by `ok`, or by 4xx with a word such as `invalid_payload`, or by 429 with `Retry-After`.
 * See https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; errors as in NotifierWriter.slack.
 */
export async function postToSlack(
  options: SlackOptions,
  message: { readonly title: string | null; readonly text: string },
  signal?: AbortSignal,
): Promise<void> {
  const url = webhookUrl(await options.webhook());
  const body = JSON.stringify(slackPayload(message));
  const post = () =>
    exchange({
      ...{ method: 'POST', url, service: 'Slack', headers: {}, body, timeoutMs: options.timeoutMs, signal },
    } as const);
  let response = await post();
  if (response.status === 429 && (response.retryAfterSeconds ?? 1) <= longestWaitSeconds) {
    await options.clock.sleep((response.retryAfterSeconds ?? 1) * 1_000, signal);
    response = await post();
  }
  if (response.status !== 200) throw refused(response);
}

/** The payload: `text` for notifications and screen readers, blocks for the eye. */
function slackPayload(message: { readonly title: string | null; readonly text: string }): {
  readonly text: string;
  readonly blocks: readonly object[];
} {
  const text = slackText(message.text);
  const sections = [];
  for (let start = 0; start < text.length; start += mostSectionCharacters) {
    sections.push({
      type: 'section',
      text: { type: 'mrkdwn', text: text.slice(start, start + mostSectionCharacters) },
    });
  }
  const header =
    message.title === null
      ? []
      : [
          {
            type: 'header',
            text: { type: 'plain_text', text: visible(message.title).slice(0, mostHeaderCharacters) },
          },
        ];
  return {
    text: message.title === null ? text : `${slackText(message.title)}: ${text}`,
    blocks: [...header, ...sections],
  };
}

/** Slack's three control characters escaped, so that no text becomes a link or a mention; other control characters made visible. */
function slackText(text: string): string {
  return visible(text, { multiline: true })
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function webhookUrl(text: string): URL {
  // The URL is a secret, so the parser's own error, which quotes it, is not passed on.
  const url = URL.parse(text.trim());
  if (url === null) throw new SpillwayError('usage', 'The Slack webhook of the target is not a URL.');
  return url;
}

function refused(response: NotifierResponse): SpillwayError {
  const word = visible(response.body.trim()).slice(0, 100);
  if (response.status === 429) {
    return new SpillwayError('failed', 'Slack takes no more messages for now (429). Nothing was posted.', {
      suggestions: [`try again in ${response.retryAfterSeconds ?? 60} s`],
      details: { status: 429 },
    });
  }
  if (response.status === 502 || response.status === 504) {
    return new SpillwayError(
      'unknown-outcome',
      `A gateway before Slack gave up (${response.status}); the message may have arrived.`,
      {
        suggestions: ['look into the channel before sending it again'],
        details: { status: response.status },
      },
    );
  }
  const revoked = response.status === 403 || response.status === 404 || response.status === 410;
  return new SpillwayError('failed', `Slack refused the message: ${response.status} ${word}`.trim(), {
    suggestions: revoked ? ['make a new incoming webhook; this one, or its channel, is gone'] : [],
    details: { status: response.status },
  });
}
