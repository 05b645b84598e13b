import { describe, expect, test } from 'vitest';
import { memoryQueue } from '../../../src/lib/drivers/queue/memory.ts';
import { activationsList } from '../../../src/lib/operations/activations/list.ts';
import { activationsPause } from '../../../src/lib/operations/activations/pause.ts';
import { activationsResume } from '../../../src/lib/operations/activations/resume.ts';
import { canarySend } from '../../../src/lib/operations/canary/send.ts';
import { conversationsResume } from '../../../src/lib/operations/conversations/resume.ts';
import { conversationsShow } from '../../../src/lib/operations/conversations/show.ts';
import { conversationsStop } from '../../../src/lib/operations/conversations/stop.ts';
import { errorsLogSet } from '../../../src/lib/operations/errors/log-set.ts';
import { driftOf, readContext, writeContext } from './context.ts';
import { type OrchestratorDatabase, orchestratorDatabase } from './fixture.ts';

/** All rows but the marks of when and by whom. */
async function states(database: OrchestratorDatabase): Promise<string> {
  const rows = await database.query(
    `select 'v' as kind, id, status from orchestrator.conversations union all select 'a', id, status from orchestrator.activations order by 1, 2`,
  );
  const settings = await database.query('select key, value from orchestrator.settings order by key');
  return JSON.stringify([rows, settings]);
}

describe('conversations', () => {
  test('stop: planning changes nothing; applied, exactly these are stopped; undone, all is as before', async () => {
    const database = await orchestratorDatabase();
    const context = writeContext(database);
    const untouched = await database.contents();
    const before = await states(database);
    const plan = await conversationsStop.plan(context, { conversationIds: [4, 1, 4] });
    expect(await database.contents()).toBe(untouched);
    expect(plan).toMatchObject({
      changes: [{ action: 'stop', count: 2, before: 'active', after: 'stopped' }],
      blastRadius: {
        clients: [
          { id: 1, name: 'Client 1' },
          { id: 2, name: 'Client 2' },
        ],
        conversations: [
          { id: 1, name: 'Conversation 1' },
          { id: 4, name: 'Conversation 4' },
        ],
      },
    });
    await conversationsStop.apply(context, plan);
    expect(await conversationsStop.verify(context, plan)).toMatchObject([{ ok: true }]);
    const stopped = await database.query(
      `select id from orchestrator.conversations where status = 'stopped' order by id`,
    );
    expect(stopped).toEqual([{ id: 1 }, { id: 4 }]);
    const [step] = context.steps;
    if (step === undefined) throw new Error('no step was taken');
    expect(await conversationsStop.probe?.(context, step)).toBe('done');
    await conversationsStop.undo(context, [step]);
    expect(await states(database)).toBe(before);
    await expect(conversationsStop.undo(context, [step])).rejects.toMatchObject({ code: 'stale-plan' });
  });

  test("stop: another operator's change makes the plan stale, and the statement refuses it even unmeasured", async () => {
    const database = await orchestratorDatabase();
    const context = writeContext(database);
    const input = { conversationIds: [1, 2] };
    const plan = await conversationsStop.plan(context, input);
    await database.query(`update orchestrator.conversations set status = 'stopped' where id = 2`);
    expect(await driftOf(conversationsStop, context, input, plan)).toEqual([
      'status of conversation 2 was active and is stopped',
    ]);
    await expect(conversationsStop.apply(context, plan)).rejects.toMatchObject({ code: 'stale-plan' });
    const [one] = await database.query('select status from orchestrator.conversations where id = 1');
    expect(one).toEqual({ status: 'active' });
  });

  test('an unknown conversation is named; one that is stopped already is left out', async () => {
    const database = await orchestratorDatabase();
    const context = readContext(database);
    await expect(conversationsStop.plan(context, { conversationIds: [1, 77] })).rejects.toMatchObject({
      code: 'usage',
      message: 'there is no conversation 77.',
    });
    await expect(conversationsShow.plan(context, { conversationId: 77 })).rejects.toMatchObject({
      code: 'usage',
    });
    expect((await conversationsResume.plan(context, { conversationIds: [1] })).changes).toEqual([]);
  });
});

describe('activations', () => {
  test('pause and undo bring back scheduled as scheduled and injecting as injecting', async () => {
    const database = await orchestratorDatabase();
    const context = writeContext(database);
    const before = await states(database);
    const plan = await activationsPause.plan(context, { clientIds: [1], conversationIds: [1, 4] });
    expect(plan.changes).toMatchObject([
      { count: 2, before: { injecting: 1, scheduled: 1 }, after: { paused: 2 } },
    ]);
    expect(plan.blastRadius.messages).toBe(1_600);
    await activationsPause.apply(context, plan);
    expect((await activationsPause.verify(context, plan)).every((check) => check.ok)).toBe(true);
    const paused = await database.query(
      `select id from orchestrator.activations where status = 'paused' order by id`,
    );
    expect(paused).toEqual([{ id: 10 }, { id: 11 }]);
    await activationsPause.undo(context, context.steps.slice(0, 1));
    expect(await states(database)).toBe(before);
  });

  test('pause: what completed meanwhile is left alone, what began to inject comes back as injecting', async () => {
    const database = await orchestratorDatabase();
    const context = writeContext(database);
    const input = { conversationIds: [1, 2] };
    const plan = await activationsPause.plan(context, input);
    await database.query(`update orchestrator.activations set status = 'completed' where id = 10;
      update orchestrator.activations set status = 'injecting' where id = 11`);
    expect(await driftOf(activationsPause, context, input, plan)).toEqual([]);
    await activationsPause.apply(context, plan);
    expect(context.steps[0]?.result).toMatchObject({ unchanged: [{ id: 10, found: 'completed' }] });
    await activationsPause.undo(context, context.steps.slice(0, 1));
    const rows = await database.query(
      'select id, status from orchestrator.activations where id in (10, 11, 20, 21) order by id',
    );
    expect(rows.map((row) => row.status)).toEqual(['completed', 'injecting', 'injecting', 'scheduled']);
  });

  test('pause: an activation that appears after the plan fails the check and is named', async () => {
    const database = await orchestratorDatabase();
    const context = writeContext(database);
    const plan = await activationsPause.plan(context, { conversationIds: [3] });
    await activationsPause.apply(context, plan);
    await database.query(
      `insert into orchestrator.activations (id, conversation_id, status) values (399, 3, 'injecting')`,
    );
    const checks = await activationsPause.verify(context, plan);
    expect(checks.map((check) => check.ok)).toEqual([true, false]);
    expect(checks[1]?.detail).toContain('399');
  });

  test('resume: what had begun injects again, what had not is scheduled, open-ended ones inject', async () => {
    const database = await orchestratorDatabase();
    await database.query(`insert into orchestrator.activations (id, conversation_id, status) values (500, 5, 'injecting');
      update orchestrator.activations set status = 'paused' where id in (50, 51, 500)`);
    const context = writeContext(database);
    const plan = await activationsResume.plan(context, { conversationIds: [5] });
    await activationsResume.apply(context, plan);
    const rows = await database.query(
      'select id, status from orchestrator.activations where id in (50, 51, 500) order by id',
    );
    expect(rows.map((row) => row.status)).toEqual(['injecting', 'scheduled', 'injecting']);
  });

  test('all: the switch and nothing else; undone only while it is as it was left', async () => {
    const database = await orchestratorDatabase();
    const context = writeContext(database);
    const before = await states(database);
    const plan = await activationsPause.plan(context, { all: true });
    expect(plan.changes).toMatchObject([{ target: 'injection switch', before: 'on', after: 'off' }]);
    await activationsPause.apply(context, plan);
    expect(await activationsPause.verify(context, plan)).toMatchObject([{ ok: true }]);
    expect(
      (await activationsList.plan(context, { limit: 5, statuses: ['injecting'] })).data.injection.state,
    ).toBe('off');
    expect((await activationsPause.plan(context, { all: true })).changes).toEqual([]);
    await activationsPause.undo(context, context.steps.slice(0, 1));
    expect(await states(database)).toBe(before);
    await expect(activationsPause.undo(context, context.steps.slice(0, 1))).rejects.toMatchObject({
      code: 'stale-plan',
    });
  });

  test('neither everything nor nothing can be selected by accident', () => {
    for (const input of [{}, { all: false }, { all: true, clientIds: [1] }, { clientIds: [] }, { client: 1 }])
      expect(activationsPause.input.safeParse(input).success).toBe(false);
  });
});

describe('the error-log switch', () => {
  test('is set with a time to live, and undone to exactly what it was', async () => {
    const database = await orchestratorDatabase();
    const context = writeContext(database);
    const before = await states(database);
    const plan = await errorsLogSet.plan(
      context,
      errorsLogSet.input.parse({ mode: 'sample', sampleEvery: 50 }),
    );
    expect(plan.data.ttlSeconds).toBe(3_600);
    await errorsLogSet.apply(context, plan);
    expect(await errorsLogSet.verify(context, plan)).toMatchObject([{ ok: true }]);
    const [step] = context.steps;
    if (step === undefined) throw new Error('no step was taken');
    expect(await errorsLogSet.probe?.(context, step)).toBe('done');
    await errorsLogSet.undo(context, [step]);
    expect(await states(database)).toBe(before);
  });

  test('full has no time to live, sample needs its number, and off takes none', () => {
    const bad = [{ mode: 'full', ttlSeconds: 5 }, { mode: 'sample' }, { mode: 'off', sampleEvery: 5 }];
    for (const input of bad) expect(errorsLogSet.input.safeParse(input).success).toBe(false);
  });
});

describe('canaries', () => {
  test('pass when every channel delivers, and fail the check of the channel that does not', async () => {
    const database = await orchestratorDatabase();
    const queue = memoryQueue(['email', 'sms']);
    const parts = { read: { queue: queue.reader }, write: { queue: queue.writer } };
    const context = writeContext(database, parts);
    const plan = await canarySend.plan(context, { withinSeconds: 1 });
    await canarySend.apply(context, plan);
    const taken = queue.take('email');
    const message = JSON.parse(String(taken));
    expect(message).toMatchObject({ channel: 'email', conversationId: 0, canary: true });
    await database.query(
      `update orchestrator.canaries set delivered_at = clock_timestamp() where id = '${message.id}'`,
    );
    expect(await canarySend.verify(context, plan)).toMatchObject([
      { name: 'canary email', ok: true },
      { name: 'canary sms', ok: false, detail: 'sms: not delivered within 1 s' },
    ]);
    expect(queue.waiting('sms')).toHaveLength(1);
    await expect(canarySend.plan(context, { withinSeconds: 1, channels: ['emial'] })).rejects.toMatchObject({
      code: 'usage',
      suggestions: ['did you mean email?'],
    });
  });
});
