import { expect, it } from 'vitest';
import { type MemoryService, memoryServices } from '../../../src/lib/drivers/service/memory.ts';
import { servicesList } from '../../../src/lib/operations/services/list.ts';
import { servicesRestart } from '../../../src/lib/operations/services/restart.ts';
import { readContextOf, steppedClock, writeContextOf } from '../../operations/context.ts';

function target(services: readonly MemoryService[]) {
  const clock = steppedClock();
  const memory = memoryServices(services, clock);
  const parts = { clock, read: { services: memory.reader }, write: { services: memory.writer } };
  return { memory, context: writeContextOf(parts), reading: readContextOf(parts) };
}

it('restarts all services in the configured order, one step a service', async () => {
  const { memory, context } = target([{ name: 'director' }, { name: 'email' }, { name: 'sms' }]);
  const plan = await servicesRestart.plan(context, {});
  expect(memory.restarted).toEqual([]);
  await servicesRestart.apply(context, plan);
  expect(memory.restarted).toEqual(['director', 'email', 'sms']);
  expect(context.steps.map((step) => [step.change.id, step.status])).toEqual([
    ['restart:director', 'done'],
    ['restart:email', 'done'],
    ['restart:sms', 'done'],
  ]);
  expect(await servicesRestart.verify(context, plan)).toEqual([
    { name: 'director is healthy', ok: true, detail: 'healthy' },
    { name: 'email is healthy', ok: true, detail: 'healthy' },
    { name: 'sms is healthy', ok: true, detail: 'healthy' },
  ]);
});

it('keeps the configured order whatever the order of the names', async () => {
  const { memory, context } = target([{ name: 'director' }, { name: 'email' }, { name: 'sms' }]);
  const plan = await servicesRestart.plan(context, { names: ['sms', 'director'] });
  await servicesRestart.apply(context, plan);
  expect(memory.restarted).toEqual(['director', 'sms']);
});

it('stops the rest when a service does not become healthy, and names it', async () => {
  const { memory, context } = target([
    { name: 'director' },
    { name: 'email', healthyAfterRestart: false, healthyWithinMs: 5_000 },
    { name: 'sms' },
    { name: 'push' },
  ]);
  const plan = await servicesRestart.plan(context, {});
  await expect(servicesRestart.apply(context, plan)).rejects.toMatchObject({
    code: 'check-failed',
    exitCode: 4,
    message: expect.stringMatching(
      /^email was restarted and is not healthy after 5 s.*Not restarted: sms, push\.$/,
    ),
    details: { service: 'email', notRestarted: ['sms', 'push'] },
  });
  expect(memory.restarted).toEqual(['director', 'email']);
  expect(context.steps.map((step) => step.status)).toEqual(['done', 'failed']);
});

it('does not wait for a service without a health check, and says so in the plan', async () => {
  const { context } = target([{ name: 'cron', healthyAfterRestart: null }]);
  const plan = await servicesRestart.plan(context, {});
  expect(plan.notes).toContain('Without a health check, so not waited for: cron.');
  await servicesRestart.apply(context, plan);
  expect((await servicesRestart.verify(context, plan)).every((check) => check.ok)).toBe(true);
});

it('refuses a name that is not configured before anything is restarted', async () => {
  const { memory, context } = target([{ name: 'director' }, { name: 'email' }]);
  await expect(servicesRestart.plan(context, { names: ['email', 'emial'] })).rejects.toMatchObject({
    code: 'usage',
  });
  expect(memory.restarted).toEqual([]);
});

it('needs the name of the target, and says what cannot be taken back', async () => {
  const { reading } = target([{ name: 'director' }]);
  expect(servicesRestart.impact).toBe('destructive');
  expect((await servicesRestart.plan(reading, {})).irreversible).toHaveLength(1);
});

it('lists the health of all services', async () => {
  const { memory, reading } = target([{ name: 'director' }, { name: 'email' }]);
  memory.setHealthy('email', false);
  const { data, summary, changes } = await servicesList.plan(reading, {});
  expect(summary).toBe('1 of 2 services are unhealthy: email.');
  expect(data).toMatchObject({ healthy: 1, unhealthy: 1, unchecked: 0 });
  expect(changes).toEqual([]);
});
