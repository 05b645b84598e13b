import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { notifierTo, receiver, secretPath } from './receiver.ts';

const message = { title: 'Incident', text: 'Deliveries are slow.' };

async function failureOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

it('posts text and blocks to the webhook', async () => {
  const { url, arrived } = await receiver((_, response) => response.end('ok'));
  await notifierTo(url).writer.slack(message);
  expect(arrived).toMatchObject([{ method: 'POST', path: secretPath }]);
  expect(arrived[0]?.headers['content-type']).toMatch(/^application\/json/);
  expect(JSON.parse(arrived[0]?.body ?? '')).toEqual({
    text: 'Incident: Deliveries are slow.',
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: 'Incident' } },
      { type: 'section', text: { type: 'mrkdwn', text: 'Deliveries are slow.' } },
    ],
  });
});

it('lets no text mention everybody, make a link, or hide itself', async () => {
  const { url, arrived } = await receiver((_, response) => response.end('ok'));
  await notifierTo(url).writer.slack({ title: null, text: '<!channel> <https://x|y> A&B \u202e' });
  expect(JSON.parse(arrived[0]?.body ?? '').text).toBe(
    '&lt;!channel&gt; &lt;https://x|y&gt; A&amp;B \\u{202e}',
  );
});

it('divides a long text into sections that Slack takes', async () => {
  const { url, arrived } = await receiver((_, response) => response.end('ok'));
  await notifierTo(url).writer.slack({ title: null, text: 'x'.repeat(7_000) });
  const { blocks } = JSON.parse(arrived[0]?.body ?? '') as { blocks: { text: { text: string } }[] };
  expect(blocks.map((block) => block.text.text.length)).toEqual([3_000, 3_000, 1_000]);
});

it('passes on why Slack refused, and never the address', async () => {
  const { url } = await receiver((_, response) => response.writeHead(400).end('invalid_payload'));
  const error = await failureOf(notifierTo(url).writer.slack(message));
  expect(error).toMatchObject({ code: 'failed', message: 'Slack refused the message: 400 invalid_payload' });
});

it('waits as told after 429 and tries once more', async () => {
  let calls = 0;
  const { url, arrived } = await receiver((_, response) => {
    calls += 1;
    if (calls === 1) response.writeHead(429, { 'retry-after': '3' }).end();
    else response.end('ok');
  });
  await notifierTo(url).writer.slack(message);
  expect(arrived).toHaveLength(2);
});

it('gives up when Slack goes on answering 429, or asks for a long wait', async () => {
  const busy = await receiver((_, response) => response.writeHead(429, { 'retry-after': '1' }).end());
  await expect(notifierTo(busy.url).writer.slack(message)).rejects.toMatchObject({ code: 'failed' });
  expect(busy.arrived).toHaveLength(2);
  const long = await receiver((_, response) => response.writeHead(429, { 'retry-after': '600' }).end());
  await expect(notifierTo(long.url).writer.slack(message)).rejects.toMatchObject({
    code: 'failed',
    suggestions: ['try again in 600 s'],
  });
  expect(long.arrived).toHaveLength(1);
});

it('does not know the outcome when the answer does not come', async () => {
  const { url, arrived } = await receiver(() => undefined);
  await expect(notifierTo(url).writer.slack(message)).rejects.toMatchObject({
    code: 'unknown-outcome',
    exitCode: 8,
  });
  expect(arrived).toHaveLength(1);
});

it('does not know the outcome when the connection closes before the answer', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(notifierTo(url).writer.slack(message)).rejects.toMatchObject({ code: 'unknown-outcome' });
});

it('knows that nothing was sent when nobody listens', async () => {
  const error = await failureOf(notifierTo('http://127.0.0.1:9').writer.slack(message));
  expect(error).toMatchObject({
    code: 'unreachable',
    exitCode: 7,
    message: expect.stringContaining('127.0.0.1:9'),
  });
});

it('shows the secret address in no error', async () => {
  const hanging = await receiver(() => undefined);
  const refusing = await receiver((_, response) => response.writeHead(404).end('no_service'));
  for (const url of [hanging.url, refusing.url, 'http://127.0.0.1:9', 'not a url ']) {
    const error = await failureOf(notifierTo(url).writer.slack(message));
    expect(`${JSON.stringify(error)} ${error.message} ${error.stack}`).not.toContain('sEcReT');
  }
});

it('sends the secret over no network in the clear', async () => {
  const error = await failureOf(notifierTo('http://hooks.example.com').writer.slack(message));
  expect(error).toMatchObject({ code: 'usage' });
  expect(error.message).not.toContain('sEcReT');
});

it('names the setting when no channel is configured', async () => {
  const { writer, reader } = notifierTo('http://127.0.0.1:9', { slack: null });
  expect(reader.destinations().map((one) => one.to)).toEqual(['status-page']);
  await expect(writer.slack(message)).rejects.toMatchObject({ code: 'usage' });
});
