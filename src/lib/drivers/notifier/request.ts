import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { SpillwayError } from '../../core/errors.ts';
import { visible } from '../../core/visible.ts';

export interface NotifierRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** May hold a secret in its path: only its host is ever shown. */
  readonly url: URL;
  /** What is talked to, for messages: `Slack`, `the status page`. */
  readonly service: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON body; null for none. */
  readonly body: string | null;
  /** Limit for the whole exchange, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface NotifierResponse {
  readonly status: number;
  readonly body: string;
  /** Seconds of `Retry-After`; null when there is none. */
  readonly retryAfterSeconds: number | null;
}

const mostBytes = 1024 * 1024;

/**
 * One HTTP exchange that knows whether anything was sent: what fails before a connection stands is `unreachable`; what fails later is `unreachable` for a GET
 * and `unknown-outcome` for everything else, since the service may have acted. (fetch does not tell the two apart.) Redirects are not followed.
 * @throws SpillwayError `unreachable`, `unknown-outcome`, `usage` (a secret would cross the network in the clear)
 */
export function exchange(options: NotifierRequest): Promise<NotifierResponse> {
  const { url, service } = options;
  const where = `${service} (${url.host})`;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw new SpillwayError('usage', `${where}: the address must begin with https, except on loopback.`);
  }
  options.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    let connected = false;
    const fail = (reason: string) => {
      clearTimeout(limit);
      options.signal?.removeEventListener('abort', aborted);
      reject(failure(where, reason, connected && options.method !== 'GET'));
      outgoing.destroy();
    };
    const outgoing = (url.protocol === 'https:' ? secureRequest : plainRequest)(url, {
      method: options.method,
      // a connection of its own: one that is kept may be dead, and then nobody knows what was sent
      agent: false,
      headers: {
        ...options.headers,
        ...(options.body === null
          ? {}
          : {
              'content-type': 'application/json; charset=utf-8',
              'content-length': String(Buffer.byteLength(options.body)),
            }),
      },
    });
    const limit = setTimeout(
      () => fail(`no answer within ${options.timeoutMs.toLocaleString('en')} ms`),
      options.timeoutMs,
    );
    const aborted = () => fail('stopped before the answer came');
    options.signal?.addEventListener('abort', aborted, { once: true });
    outgoing.once('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        connected = true;
      });
    });
    outgoing.on('error', (error) => fail(reasonOf(error)));
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= mostBytes) chunks.push(chunk);
        else fail('the answer is too long');
      });
      incoming.once('error', (error) => fail(reasonOf(error)));
      incoming.once('end', () => {
        clearTimeout(limit);
        options.signal?.removeEventListener('abort', aborted);
        const seconds = Number(incoming.headers['retry-after']);
        resolve({
          status: incoming.statusCode ?? 0,
          body: Buffer.concat(chunks).toString('utf8'),
          retryAfterSeconds: Number.isFinite(seconds) && seconds >= 0 ? seconds : null,
        });
      });
    });
    outgoing.end(options.body ?? undefined);
  });
}

function failure(where: string, reason: string, mayHaveActed: boolean): SpillwayError {
  if (!mayHaveActed) {
    return new SpillwayError('unreachable', `${where}: ${reason}. Nothing was sent.`, {
      suggestions: ['check the address and this machine’s way to it'],
    });
  }
  return new SpillwayError(
    'unknown-outcome',
    `${where}: ${reason}. The message was sent and may have arrived.`,
    {
      suggestions: ['look whether it has arrived before sending it again'],
    },
  );
}

function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ECONNRESET') return 'the connection was closed before an answer came';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'host not found';
  return visible(code === '' ? error.message : code);
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
