import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { postgresOrchestratorReader } from '../../../src/lib/orchestrator/postgres-reader.ts';
import { postgresOrchestratorWriter } from '../../../src/lib/orchestrator/postgres-writer.ts';
import { names, orchestratorDatabase } from './fixture.ts';

const refuse = { actor: 'tester@host', whenMoved: 'refuse' } as const;
const skip = { actor: 'tester@host', whenMoved: 'skip' } as const;

describe('the guard in the statement', () => {
  test('stops all conversations or none, and leaves every other row as it was', async () => {
    const database = await orchestratorDatabase();
    const writer = postgresOrchestratorWriter(database.writer, names);
    await database.query(
      `update orchestrator.conversations set status = 'stopped', updated_by = 'other' where id = 2`,
    );
    const before = await database.contents();
    const changes = [1, 2, 3].map((id) => ({ id, from: ['active'], to: 'stopped' }) as const);
    await expect(writer.setConversationStatus(changes, refuse)).rejects.toMatchObject({
      code: 'stale-plan',
      details: { unchanged: [{ id: 2, found: 'stopped' }] },
    });
    expect(await database.contents()).toBe(before);
    await writer.setConversationStatus(
      changes.filter((change) => change.id !== 2),
      refuse,
    );
    const rows = await database.query(
      'select id, status, updated_by from orchestrator.conversations order by id',
    );
    expect(rows.slice(0, 3)).toEqual([
      { id: 1, status: 'stopped', updated_by: 'tester@host' },
      { id: 2, status: 'stopped', updated_by: 'other' },
      { id: 3, status: 'stopped', updated_by: 'tester@host' },
    ]);
    expect(rows.slice(3).every((row) => row.status === 'active' && row.updated_by === 'seed')).toBe(true);
    const others = (text: string) => text.split('\n').filter((line) => !/^\(\d,\d,"Conversation/.test(line));
    expect(others(await database.contents())).toEqual(others(before));
  });

  test('a row that does not exist is reported, not invented', async () => {
    const database = await orchestratorDatabase();
    const writer = postgresOrchestratorWriter(database.writer, names);
    const result = await writer.setConversationStatus([{ id: 99, from: ['active'], to: 'stopped' }], skip);
    expect(result).toEqual({ changed: [], unchanged: [{ id: 99, found: null }] });
  });

  test('sees what another session commits while it waits for the row', async () => {
    const database = await orchestratorDatabase();
    const writer = postgresOrchestratorWriter(database.writer, names);
    const other = new pg.Client({ ...database });
    await other.connect();
    try {
      await other.query(`begin; update orchestrator.activations set status = 'completed' where id = 10`);
      const pausing = writer.setActivationStatus(
        [
          { id: 10, from: ['scheduled', 'injecting'], to: 'paused' },
          { id: 20, from: ['scheduled', 'injecting'], to: 'paused' },
        ],
        skip,
      );
      await expect
        .poll(
          () =>
            database.query(
              `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
            ),
          { timeout: 30_000 },
        )
        .toHaveLength(1);
      await other.query('commit');
      expect(await pausing).toEqual({
        changed: [{ id: 20, from: 'injecting', to: 'paused' }],
        unchanged: [{ id: 10, found: 'completed' }],
      });
    } finally {
      await other.end();
    }
    const rows = await database.query(
      'select id, status from orchestrator.activations where id in (10, 20) order by id',
    );
    expect(rows).toEqual([
      { id: 10, status: 'completed' },
      { id: 20, status: 'paused' },
    ]);
  });

  test('the injection switch changes only from the state that was seen, also when it was never set', async () => {
    const database = await orchestratorDatabase();
    const writer = postgresOrchestratorWriter(database.writer, names);
    const actor = 'tester@host';
    await expect(writer.setInjection({ from: 'off', to: 'on', actor })).rejects.toMatchObject({
      code: 'stale-plan',
    });
    await writer.setInjection({ from: 'on', to: 'off', actor });
    await database.query(`delete from orchestrator.settings where key = 'injection'`);
    await expect(writer.setInjection({ from: 'off', to: 'on', actor })).rejects.toMatchObject({
      code: 'stale-plan',
    });
    await writer.setInjection({ from: 'on', to: 'off', actor });
    const { injection } = await postgresOrchestratorReader(database.reader, names).switches();
    expect(injection).toMatchObject({ state: 'off', updatedBy: actor });
  });

  test('the error-log switch changes only from exactly the setting that was seen', async () => {
    const database = await orchestratorDatabase();
    const writer = postgresOrchestratorWriter(database.writer, names);
    const full = { mode: 'full', sampleEvery: null, expiresAt: null } as const;
    const sample = { mode: 'sample', sampleEvery: 100, expiresAt: '2099-01-01T00:00:00.000Z' } as const;
    const set = (from: typeof full | typeof sample, to: typeof full | typeof sample) =>
      writer.setErrorLog({ from, to, actor: 'tester@host' });
    await set(full, sample);
    await expect(set(full, sample)).rejects.toMatchObject({ code: 'stale-plan' });
    for (const other of [{ sampleEvery: 10 }, { expiresAt: '2098-01-01T00:00:00.000Z' }])
      await expect(
        writer.setErrorLog({ from: { ...sample, ...other }, to: full, actor: 'x' }),
      ).rejects.toMatchObject({ code: 'stale-plan' });
    await set(sample, full);
    const [row] = await database.query(`select value from orchestrator.settings where key = 'error_log'`);
    expect(row?.value).toEqual({ mode: 'full', sampleEvery: 1, expiresAt: null });
  });

  test('canaries are registered once, however often they are asked for', async () => {
    const database = await orchestratorDatabase();
    const writer = postgresOrchestratorWriter(database.writer, names);
    const canary = { id: '7b0f2f4e-4f6e-4b6e-9d5b-3d7b0a9b1c11', channel: 'email' };
    expect(await writer.createCanaries([canary])).toBe(1);
    await database.query('update orchestrator.canaries set delivered_at = now()');
    expect(await writer.createCanaries([canary])).toBe(0);
    const [row] = await postgresOrchestratorReader(database.reader, names).canaries([canary.id]);
    expect(row).toMatchObject({ ...canary, deliveredAt: expect.any(String) });
  });
});
