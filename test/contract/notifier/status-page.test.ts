import { describe, expect, it } from 'vitest';
import type { NotifierReader, NotifierWriter } from '../../../src/lib/drivers/notifier/driver.ts';
import { memoryNotifier } from '../../../src/lib/drivers/notifier/memory.ts';
import { steppedClock } from '../../operations/context.ts';
import { notifierTo, receiver, secretKey, statusPage } from './receiver.ts';

interface Subject {
  readonly reader: NotifierReader;
  readonly writer: NotifierWriter;
}

const first = {
  existingId: null,
  state: 'investigating',
  title: 'Slow deliveries',
  body: 'We look.',
  incidentRef: 'inc-1',
} as const;
const nobody = { incidentRef: null, name: null };

const subjects: readonly [string, () => Promise<Subject>][] = [
  ['http', async () => notifierTo((await statusPage()).url)],
  [
    'memory',
    async () => memoryNotifier(steppedClock(), [{ to: 'status-page', page: 'page1', host: 'memory' }]),
  ],
];

describe.each(subjects)('status page by %s', (_, make) => {
  it('creates an incident and finds it by the id of ours', async () => {
    const { reader, writer } = await make();
    const query = { incidentRef: 'inc-1', name: null };
    expect(await reader.findStatusPageIncident(query)).toBeNull();
    const made = await writer.statusPage(first);
    expect(made).toMatchObject({ name: 'Slow deliveries', status: 'investigating', incidentRef: 'inc-1' });
    expect(await reader.findStatusPageIncident(query)).toEqual(made);
    expect(await reader.findStatusPageIncident({ incidentRef: 'inc-2', name: null })).toBeNull();
    expect(await reader.findStatusPageIncident(nobody)).toBeNull();
  });

  it('updates the incident that is named', async () => {
    const { reader, writer } = await make();
    const made = await writer.statusPage(first);
    const resolved = await writer.statusPage({
      ...first,
      existingId: made.id,
      state: 'resolved',
      body: 'Done.',
    });
    expect(resolved).toMatchObject({ id: made.id, status: 'resolved', lastBody: 'Done.' });
    expect(await reader.findStatusPageIncident({ incidentRef: 'inc-1', name: null })).toMatchObject({
      status: 'resolved',
    });
  });

  it('finds an open incident by its name, and never one of another incident of ours', async () => {
    const { reader, writer } = await make();
    const byName = { incidentRef: 'inc-9', name: 'Slow deliveries' };
    await writer.statusPage(first);
    expect(await reader.findStatusPageIncident(byName)).toBeNull();
    const byHand = await writer.statusPage({ ...first, incidentRef: null });
    expect(await reader.findStatusPageIncident(byName)).toMatchObject({ id: byHand.id });
    await writer.statusPage({ ...first, incidentRef: null, existingId: byHand.id, state: 'resolved' });
    expect(await reader.findStatusPageIncident(byName)).toBeNull();
  });

  it('refuses to update an incident that is not there', async () => {
    const { writer } = await make();
    await expect(writer.statusPage({ ...first, existingId: 'nothing' })).rejects.toMatchObject({
      code: 'failed',
    });
  });
});

it('speaks the API: paths, key, body, components', async () => {
  const page = await statusPage();
  const { writer } = notifierTo(page.url, {
    statusPage: { url: page.url, page: 'page1', key: async () => `${secretKey}\n`, components: ['c1'] },
  });
  const made = await writer.statusPage(first);
  await writer.statusPage({ ...first, existingId: made.id, state: 'resolved' });
  expect(page.arrived.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /v1/pages/page1/incidents',
    `PATCH /v1/pages/page1/incidents/${made.id}`,
  ]);
  expect(JSON.parse(page.arrived[0]?.body ?? '')).toEqual({
    incident: {
      name: 'Slow deliveries',
      status: 'investigating',
      body: 'We look.',
      component_ids: ['c1'],
      components: { c1: 'degraded_performance' },
      metadata: { spillway: { incident: 'inc-1' } },
    },
  });
  expect(JSON.parse(page.arrived[1]?.body ?? '').incident.components).toEqual({ c1: 'operational' });
});

it('does not know the outcome of an update without an answer; a look without one is unreachable', async () => {
  const { url } = await receiver(() => undefined);
  const { reader, writer } = notifierTo(url);
  await expect(writer.statusPage(first)).rejects.toMatchObject({ code: 'unknown-outcome' });
  await expect(reader.findStatusPageIncident(nobody)).rejects.toMatchObject({ code: 'unreachable' });
});

it.each([
  [401, 'failed', 'does not accept the key'],
  [404, 'failed', 'page1'],
  [422, 'failed', '422'],
  [504, 'unknown-outcome', 'gateway'],
] as const)('says what %i means', async (status, code, text) => {
  const { url } = await receiver((_, response) => response.writeHead(status).end('{"error": "no"}'));
  const update = notifierTo(url).writer.statusPage(first);
  await expect(update).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  await expect(update).rejects.not.toMatchObject({ message: expect.stringContaining(secretKey) });
});

it('tries once more after the limit of requests was met', async () => {
  let calls = 0;
  const page = await statusPage();
  const { url } = await receiver((_, response) => {
    calls += 1;
    if (calls === 1) response.writeHead(420).end();
    else response.writeHead(201).end(JSON.stringify({ id: 'i1', name: 'n', status: 'investigating' }));
  });
  expect(await notifierTo(url).writer.statusPage(first)).toMatchObject({ id: 'i1' });
  expect(page.arrived).toEqual([]);
});

it('refuses an answer that is not of the API', async () => {
  const { url } = await receiver((_, response) => response.end('<html>'));
  await expect(notifierTo(url).reader.findStatusPageIncident(nobody)).rejects.toMatchObject({
    code: 'failed',
  });
});
