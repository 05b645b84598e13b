import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../../src/lib/core/json.ts';
import { operationIds } from '../../../src/lib/operations/catalogue.ts';
import { Expressions } from '../../../src/lib/runbook/expressions.ts';
import { parseRunbook } from '../../../src/lib/runbook/loader.ts';
import type { Runbook } from '../../../src/lib/runbook/schema.ts';

const file = new URL('../../../runbooks/error-log-storm.yaml', import.meta.url);

async function load(): Promise<Runbook> {
  return parseRunbook(await readFile(file, 'utf8'), 'error-log-storm.yaml', operationIds);
}

function stepOf(book: Runbook, id: string) {
  const step = book.steps.find((one) => one.id === id);
  if (step === undefined) throw new Error(`there is no step ${id}`);
  return step;
}

function scopeOf(book: Runbook, steps: JsonObject, inputs: JsonObject = {}): JsonObject {
  const defaults = Object.fromEntries(
    Object.entries(book.inputs).map(([name, one]) => [name, one.default ?? null]),
  );
  return { inputs: { ...defaults, ...inputs }, steps, target: 'lab', incident: 'inc-1' };
}

const done = (data: JsonObject) => ({ status: 'done', data, checks: [] });
const top = done({
  conversations: [
    { conversationId: 12, name: 'a', share: 0.6 },
    { conversationId: 15, name: 'b', share: 0.3 },
    { conversationId: 99, name: 'c', share: 0.001 },
  ],
});

it('holds the 14 corrective actions of the report in its order', async () => {
  const numbers = (await load()).steps.flatMap(({ reportAction }) => reportAction ?? []);
  expect([...new Set(numbers)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
});

it('goes on to the purge only when the measurement says so', async () => {
  const book = await load();
  const { gate } = stepOf(book, 'relief');
  const [branch] = gate?.branches ?? [];
  const chooses = (share: number | null) =>
    new Expressions().evaluate(branch?.when ?? '', scopeOf(book, { relief: done({ totals: { share } }) }));
  expect(chooses(0.95)).toBe(true);
  expect(chooses(1)).toBe(true);
  expect(chooses(0.2)).toBe(false);
  expect(chooses(null)).toBe(false);
  expect(gate?.default.to).toBe('purge');
  const ids = book.steps.map((step) => step.id);
  expect(ids.indexOf(branch?.to ?? '')).toBeGreaterThan(ids.indexOf('restart'));
});

it('guards every purge by the snapshot', async () => {
  const purges = (await load()).steps.filter((step) => step.operation === 'queue.purge');
  expect(purges.map((step) => step.snapshotGuard)).toEqual(['snapshot', 'snapshot']);
});

it('ticks the conversations with a share of the errors, or those that were named', async () => {
  const book = await load();
  const { choose } = stepOf(book, 'stop');
  const ticked = (inputs?: JsonObject) =>
    new Expressions().evaluate(choose?.default ?? '', scopeOf(book, { culprits: top }, inputs));
  expect(ticked()).toEqual([12, 15]);
  expect(ticked({ culprits: [7] })).toEqual([7]);
  const listed = new Expressions().evaluate(
    choose?.from ?? '',
    scopeOf(book, { culprits: top }, { culprits: [7] }),
  );
  expect(listed).toEqual([{ conversationId: 7, name: 'named by the operator' }]);
});

it('purges what was stopped, or the culprits when stopping was skipped', async () => {
  const book = await load();
  const { choose } = stepOf(book, 'purge');
  const ticked = (stop: JsonObject) =>
    new Expressions().evaluate(choose?.default ?? '', scopeOf(book, { culprits: top, stop }));
  expect(ticked(done({ conversations: [{ id: 15 }] }))).toEqual([15]);
  expect(ticked(done({ conversations: [] }))).toEqual([12, 15]);
  expect(ticked({ status: 'skipped', data: null, checks: [] })).toEqual([12, 15]);
});

it('cleans up everything only when asked', async () => {
  const book = await load();
  const runs = (id: string, purgeAll: boolean) =>
    new Expressions().evaluate(stepOf(book, id).when ?? '', scopeOf(book, {}, { purgeAll }));
  expect([runs('purge', false), runs('purgeEverything', false)]).toEqual([true, false]);
  expect([runs('purge', true), runs('purgeEverything', true)]).toEqual([false, true]);
});

it('takes back the pause, and tells the team and the clients of the end', async () => {
  const book = await load();
  const operations = book.steps.map((step) => step.operation);
  expect(operations.indexOf('activations.resume')).toBeGreaterThan(operations.indexOf('activations.pause'));
  const told = book.steps.slice(-2).map((step) => [step.operation, step.with.to, step.with.state]);
  expect(told).toEqual([
    ['notify.send', 'slack', undefined],
    ['notify.send', 'status-page', 'resolved'],
  ]);
});

it('writes its messages from what was measured', async () => {
  const book = await load();
  const message = stepOf(book, 'tellTeam').with.message as { readonly cel: string };
  const totals = { waiting: 8_000_000, deliveredPerSecond: 12.34, failedPerSecond: 1_873 };
  expect(new Expressions().evaluate(message.cel, scopeOf(book, { volume: done({ totals }) }))).toBe(
    'Message processing is degraded. 8,000,000 messages are waiting, 12.3 are delivered and 1,873 fail per second.',
  );
});
