import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { snapshotCreate } from '../../../src/lib/operations/snapshot/create.ts';
import { checkSnapshotOf } from '../../../src/lib/operations/snapshot/guard.ts';
import { snapshotList } from '../../../src/lib/operations/snapshot/list.ts';
import { snapshotVerify } from '../../../src/lib/operations/snapshot/verify.ts';
import { renderSnapshots, renderSnapshotVerification } from '../../../src/lib/views/snapshot.ts';
import { readContextOf, writeContextOf } from '../../operations/context.ts';
import { snapshotSubject } from './fixture.ts';

async function subject() {
  const made = await snapshotSubject();
  const context = writeContextOf({ read: { snapshots: made.reader }, write: { snapshots: made.writer } });
  return { ...made, context, reading: readContextOf({ read: { snapshots: made.reader } }) };
}

it('plans without writing, creates, verifies, and is listed', async () => {
  const { context, reading, database } = await subject();
  const plan = await snapshotCreate.plan(reading, { incidentRef: 'inc-7' });
  expect((await snapshotList.plan(reading, {})).data.snapshots).toEqual([]);
  expect(plan.commands[0]).toContain(plan.data.snapshotId);
  expect(plan.commands[0]).not.toContain(database.password);
  await snapshotCreate.apply(context, plan);
  expect((await snapshotCreate.verify(context, plan)).map((check) => check.ok)).toEqual([true, true]);
  const { data } = await snapshotList.plan(reading, {});
  expect(data.snapshots).toMatchObject([{ id: plan.data.snapshotId, status: 'good', incident: 'inc-7' }]);
  expect(renderSnapshots(data)).toMatch(/^1 good snapshot\.\n[\s\S]*pg_restore/);
  const verified = await snapshotVerify.plan(reading, {});
  expect(verified.data).toMatchObject({ id: plan.data.snapshotId, ok: true });
  expect(renderSnapshotVerification(verified.data)).toMatch(/is good\./);
});

it('finds out by looking whether a lost step made its snapshot', async () => {
  const { context, reading } = await subject();
  const plan = await snapshotCreate.plan(reading, {});
  await snapshotCreate.apply(context, plan);
  const [step] = context.steps;
  if (step === undefined) throw new Error('no step was kept');
  expect(await snapshotCreate.probe?.(reading, { ...step, status: 'unknown', result: null })).toBe('done');
  expect(await snapshotCreate.probe?.(reading, { ...step, undo: { snapshotId: 'another' } })).toBe('partial');
});

it('guards a destructive step: only a snapshot that verifies and is of this database counts', async () => {
  const { context, reading, reader, folder } = await subject();
  expect(await checkSnapshotOf(reader, [])).toMatchObject({ ok: false });
  const plan = await snapshotCreate.plan(reading, {});
  await snapshotCreate.apply(context, plan);
  expect(await checkSnapshotOf(reader, context.steps)).toMatchObject({ ok: true });
  const elsewhere = await subject();
  const mixed = { ...reader, estimate: elsewhere.reader.estimate };
  expect(await checkSnapshotOf(mixed, context.steps)).toMatchObject({
    ok: false,
    detail: expect.stringContaining(elsewhere.database.database),
  });
  await rm(join(folder, plan.data.snapshotId, 'dump', 'toc.dat'));
  expect(await checkSnapshotOf(reader, context.steps)).toMatchObject({ ok: false });
});

it('undo keeps the snapshot', async () => {
  const { context, reading, reader } = await subject();
  await snapshotCreate.apply(context, await snapshotCreate.plan(reading, {}));
  await snapshotCreate.undo(context, context.steps);
  expect(await reader.list()).toHaveLength(1);
});

it('says what to do when there is nothing to verify', async () => {
  const { reading } = await subject();
  await expect(snapshotVerify.plan(reading, {})).rejects.toMatchObject({ code: 'usage' });
});
