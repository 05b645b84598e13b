import { expect, it } from 'vitest';
import { memoryNotifier } from '../../../src/lib/drivers/notifier/memory.ts';
import { notifyList } from '../../../src/lib/operations/notify/list.ts';
import { notifySend } from '../../../src/lib/operations/notify/send.ts';
import { renderNotifications } from '../../../src/lib/views/notify.ts';
import { readContextOf, steppedClock, writeContextOf } from '../../operations/context.ts';

const everywhere = [
  { to: 'slack', channel: '#incident' },
  { to: 'status-page', page: 'page1', host: 'status.example' },
] as const;

function target(destinations: Parameters<typeof memoryNotifier>[1] = everywhere) {
  const memory = memoryNotifier(steppedClock(), destinations);
  return {
    memory,
    context: writeContextOf({ read: { notifier: memory.reader }, write: { notifier: memory.writer } }),
    reading: readContextOf({ read: { notifier: memory.reader } }),
  };
}

it('posts to Slack in one step, which cannot be undone', async () => {
  const { memory, context, reading } = target();
  const plan = await notifySend.plan(reading, { to: 'slack', message: 'Deliveries are slow.' });
  expect(memory.posted).toEqual([]);
  expect(plan.irreversible).toHaveLength(1);
  await notifySend.apply(context, plan);
  expect(memory.posted).toEqual([{ title: null, text: 'Deliveries are slow.' }]);
  expect(context.steps).toMatchObject([{ undo: null, status: 'done' }]);
});

it('opens one incident on the status page and updates the same one to the end', async () => {
  const { memory, context, reading } = target();
  for (const state of ['investigating', 'identified', 'monitoring', 'resolved'] as const) {
    const input = { to: 'status-page', state, message: `now ${state}`, incidentRef: 'inc-1' } as const;
    const plan = await notifySend.plan(reading, input);
    await notifySend.apply(context, plan);
    expect((await notifySend.verify(context, plan)).map((check) => check.ok)).toEqual([true]);
  }
  expect(memory.incidents).toMatchObject([
    { status: 'resolved', incidentRef: 'inc-1', lastBody: 'now resolved' },
  ]);
});

it('does not make a second incident when a lost attempt has made one', async () => {
  const { memory, context, reading } = target();
  const input = {
    to: 'status-page',
    state: 'investigating',
    message: 'We look.',
    incidentRef: 'inc-1',
  } as const;
  const plan = await notifySend.plan(reading, input);
  await notifySend.apply(context, plan);
  await notifySend.apply(context, plan);
  expect(memory.incidents).toHaveLength(1);
});

it('finds out by looking whether a lost update has arrived', async () => {
  const { context, reading } = target();
  const input = {
    to: 'status-page',
    state: 'investigating',
    message: 'We look.',
    incidentRef: 'inc-1',
  } as const;
  await notifySend.apply(context, await notifySend.plan(reading, input));
  const [step] = context.steps;
  if (step === undefined) throw new Error('no step was kept');
  expect(await notifySend.probe?.(reading, step)).toBe('done');
  expect(await notifySend.probe?.(target().reading, step)).toBe('not-done');
});

it('makes a plan stale when the incident of the status page is another one', async () => {
  const { context, reading } = target();
  const input = {
    to: 'status-page',
    state: 'investigating',
    message: 'We look.',
    incidentRef: 'inc-1',
  } as const;
  const before = await notifySend.plan(reading, input);
  await notifySend.apply(context, before);
  const after = await notifySend.plan(reading, input);
  expect(after.basis.facts).not.toEqual(before.basis.facts);
});

it('names the setting when the place is not configured', async () => {
  const { reading } = target([{ to: 'slack', channel: null }]);
  await expect(
    notifySend.plan(reading, { to: 'status-page', state: 'resolved', message: 'x' }),
  ).rejects.toMatchObject({ code: 'usage', suggestions: [expect.stringContaining('notify.statuspage')] });
});

it('needs a state for the status page and none for Slack', () => {
  expect(notifySend.input.safeParse({ to: 'status-page', message: 'x' }).success).toBe(false);
  expect(notifySend.input.safeParse({ to: 'slack', message: 'x' }).success).toBe(true);
  expect(notifySend.input.safeParse({ to: 'slack', message: ' ' }).success).toBe(false);
});

it('lists the places, and what the status page shows', async () => {
  const { context, reading } = target();
  const input = { to: 'status-page', state: 'identified', message: 'x', incidentRef: 'inc-1' } as const;
  await notifySend.apply(context, await notifySend.plan(reading, input));
  const { data } = await notifyList.plan(reading, { incidentRef: 'inc-1' });
  const text = renderNotifications(data);
  expect(text).toContain('Slack: #incident');
  expect(text).toContain('is identified');
});
