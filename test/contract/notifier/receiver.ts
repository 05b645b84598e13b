import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type HttpNotifierOptions, httpNotifier } from '../../../src/lib/drivers/notifier/http.ts';
import { steppedClock } from '../../operations/context.ts';

export const secretPath = '/services/T000/B000/sEcReTwEbHoOk';
export const secretKey = 'sEcReT-kEy';

export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A local HTTP receiver: `answer` answers, everything that came is in `arrived`. */
export async function receiver(answer: (arrived: Arrived, response: ServerResponse) => void) {
  const arrived: Arrived[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const one = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body,
      };
      arrived.push(one);
      answer(one, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { arrived, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** The driver for a receiver. */
export function notifierTo(url: string, change: Partial<HttpNotifierOptions> = {}) {
  return httpNotifier({
    slack: { webhook: async () => `${url}${secretPath}`, channel: '#incident' },
    statusPage: { url, page: 'page1', key: async () => secretKey, components: [] },
    clock: steppedClock(),
    timeoutMs: 400,
    ...change,
  });
}

/** A status page as Statuspage's API answers, in memory. */
export async function statusPage(options: { readonly keepsMetadata: boolean } = { keepsMetadata: true }) {
  const incidents: Record<string, unknown>[] = [];
  const made = await receiver(({ method, path, headers, body }, response) => {
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (headers.authorization !== `OAuth ${secretKey}`) return json(401, { error: 'Could not authenticate' });
    const [, id] = /^\/v1\/pages\/page1\/incidents(?:\/(\w+))?(?:\?.*)?$/.exec(path) ?? [];
    if (method === 'GET') return json(200, incidents.toReversed());
    const { incident } = JSON.parse(body);
    const { body: text, metadata, ...members } = incident;
    const found = incidents.find((one) => one.id === id);
    if (method === 'PATCH' && found === undefined) return json(404, { error: 'Not found' });
    const kept = found ?? {
      id: `i${incidents.length + 1}`,
      incident_updates: [],
      shortlink: 'https://stspg.example/x',
    };
    if (found === undefined) incidents.push(kept);
    Object.assign(kept, members, options.keepsMetadata ? { metadata: metadata ?? null } : {}, {
      updated_at: '2026-01-01T00:00:00.000Z',
      incident_updates: [{ body: text }, ...(kept.incident_updates as object[])],
    });
    return json(method === 'POST' ? 201 : 200, kept);
  });
  return { ...made, incidents };
}
