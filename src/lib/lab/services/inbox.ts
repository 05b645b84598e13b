import { appendFileSync } from 'node:fs';
import { type InboxEntry, readInbox } from '../inbox.ts';
import { readSecret } from '../record.ts';
import {
  jsonAnswer,
  type RunningService,
  type ServiceAnswer,
  type ServiceContext,
  type ServiceRequest,
} from './context.ts';
import { StatusPages } from './status-pages.ts';

/** Starts the local receivers for Slack's incoming webhook and Statuspage's API; everything that arrives is appended to inbox.ndjson. */
export function startInbox(context: ServiceContext): RunningService {
  const { layout } = context.record;
  const slackPath = new URL(readSecret(layout, 'slack-url')).pathname;
  const authorization = `OAuth ${readSecret(layout, 'statuspage-key')}`;
  const pages = new StatusPages();
  for (const { kind, request, status } of readInbox(layout.inbox))
    if (kind === 'statuspage' && status < 300) pages.answer(request.method, request.path, request.body);
  context.health.report('start');
  return {
    ended: new Promise((resolve) => context.stop.addEventListener('abort', () => resolve(), { once: true })),
    answer: async (request) => {
      const kind = request.path.startsWith('/services/')
        ? 'slack'
        : request.path.startsWith('/v1/pages/')
          ? 'statuspage'
          : undefined;
      if (!kind) return undefined;
      const answer = kind === 'slack' ? answerSlack(request, slackPath) : answerStatuspage(request);
      if (request.method !== 'GET') keep(kind, request, answer);
      return answer;
    },
  };

  function answerStatuspage(request: ServiceRequest): ServiceAnswer {
    if (request.authorization !== authorization) return jsonAnswer(401, { error: 'Could not authenticate' });
    return pages.answer(request.method, request.path, request.body);
  }

  function keep(kind: InboxEntry['kind'], request: ServiceRequest, answer: ServiceAnswer): void {
    const entry: InboxEntry = {
      at: new Date().toISOString(),
      kind,
      status: answer.status,
      // Slack's path is its secret
      request: {
        method: request.method,
        path: kind === 'slack' ? '/services/…' : request.path,
        body: request.body,
      },
    };
    appendFileSync(layout.inbox, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  }
}

/** Answers as documented for incoming webhooks (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). */
function answerSlack(request: ServiceRequest, path: string): ServiceAnswer {
  if (request.path !== path) return plain(403, 'invalid_token');
  if (request.method !== 'POST') return plain(400, 'invalid_payload');
  let payload: unknown;
  try {
    payload = JSON.parse(request.body);
  } catch (error) {
    if (error instanceof SyntaxError) return plain(400, 'invalid_payload');
    throw error;
  }
  if (typeof payload !== 'object' || payload === null) return plain(400, 'invalid_payload');
  const { text, blocks, attachments } = payload as Readonly<Record<string, unknown>>;
  if (Array.isArray(blocks) || Array.isArray(attachments)) return plain(200, 'ok');
  return typeof text === 'string' && text !== '' ? plain(200, 'ok') : plain(400, 'no_text');
}

function plain(status: number, body: string): ServiceAnswer {
  return { status, contentType: 'text/plain', body };
}
