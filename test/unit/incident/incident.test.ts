import { expect, test } from 'vitest';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import { execute } from '../../../src/lib/engine/execute.ts';
import {
  chooseIncident,
  closeIncident,
  incidentsOf,
  noteIncident,
  openIncident,
  openIncidentOf,
} from '../../../src/lib/incident/incident.ts';
import { timelineOf } from '../../../src/lib/incident/timeline.ts';
import { settingCounters } from '../engine/counters.ts';
import { answering, type Desk, desk } from '../engine/desk.ts';
import { bookOf, bookRun, gettingCounter } from '../runbook-runner/book-run.ts';

async function opened(made: Desk, id: string, title = 'Deliveries are slow'): Promise<string> {
  return openIncident(made.env.journal, { id, title, severity: 'critical' });
}

test('an incident is what the journal says: opened, noted, closed, with the runs made for it', async () => {
  const made = await desk();
  await opened(made, 'inc-1');
  await execute(made.env, settingCounters(), { names: ['a'] }, { ...answering(), incidentId: 'inc-1' });
  await execute(made.env, settingCounters(), { names: ['b'] }, answering());
  await noteIncident(made.env.journal, 'inc-1', 'the provider was told');
  const open = incidentsOf(await made.records());
  expect(open).toMatchObject([
    {
      id: 'inc-1',
      title: 'Deliveries are slow',
      severity: 'critical',
      state: 'open',
      openedBy: 'ann@desk',
      closedAt: null,
      notes: [{ by: 'ann@desk', text: 'the provider was told' }],
    },
  ]);
  expect(open[0]?.runs.map((run) => run.id)).toEqual(['run-1']);
  await closeIncident(made.env.journal, chooseIncident(await made.records(), null), 'purged');
  expect(chooseIncident(await made.records(), 'inc-1')).toMatchObject({
    state: 'closed',
    resolution: 'purged',
  });
  expect(openIncidentOf(await made.records())).toBeNull();
});

test('without an id the newest open incident is meant, else the newest', async () => {
  const made = await desk();
  await opened(made, 'inc-1');
  await opened(made, 'inc-2');
  await opened(made, 'inc-3');
  const close = async (id: string) =>
    closeIncident(made.env.journal, chooseIncident(await made.records(), id), '');
  expect(chooseIncident(await made.records(), null).id).toBe('inc-3');
  await close('inc-3');
  expect(chooseIncident(await made.records(), null).id).toBe('inc-2');
  await close('inc-1');
  await close('inc-2');
  expect(chooseIncident(await made.records(), null).id).toBe('inc-3');
  await expect(close('inc-1')).rejects.toMatchObject({ code: 'refused' });
});

test('an id that nobody knows is a usage error with what there is and the nearest', async () => {
  const made = await desk();
  expect(() => chooseIncident([], null)).toThrow(expect.objectContaining({ code: 'usage' }));
  await opened(made, 'inc-k7m2xqab');
  const records = await made.records();
  expect(() => chooseIncident(records, 'inc-k7m2xqba')).toThrow(
    expect.objectContaining({
      code: 'usage',
      message: expect.stringContaining('there is inc-k7m2xqab'),
      suggestions: ['spillway incident show inc-k7m2xqab'],
    }),
  );
});

test('the timeline tells what was done, what was skipped and why, what failed, and what was noted, in order', async () => {
  const made = await desk();
  await opened(made, 'inc-1');
  const book = bookOf([
    { id: 'measure', operation: 'counters.get', with: { name: 'a' }, reportAction: 3 },
    { id: 'change', operation: 'counters.set', with: { names: ['b'] }, reportAction: 4 },
    { id: 'last', operation: 'counters.broken', with: { names: ['c'] } },
  ]);
  const broken = settingCounters({
    id: 'counters.broken',
    before: () => {
      throw new SpillwayError('failed', 'no room');
    },
  });
  const env = { ...made.env };
  const run = bookRun(
    { ...made, env },
    {
      book,
      operations: [gettingCounter([5]), settingCounters(), broken],
      decisions: { change: { kind: 'skip', reason: 'by hand' } },
      notes: { change: 'the provider was told' },
      incidentId: 'inc-1',
    },
  );
  await expect(run.outcome).rejects.toThrow('no room');
  const alone = settingCounters();
  await execute(made.env, alone, { names: ['d'] }, { ...answering(), incidentId: 'inc-1' });
  await execute(made.env, alone, { names: ['e'] }, answering());
  const records = await made.records();
  const timeline = timelineOf(chooseIncident(records, 'inc-1'), records);
  expect(timeline.map(({ kind, action, text, result }) => [kind, action, text, result])).toEqual([
    ['incident', null, 'Incident opened: Deliveries are slow', 'severity critical'],
    ['run', null, 'Runbook test-book started', ''],
    ['action', 3, 'Step measure', 'a is 5.'],
    ['note', null, 'Note: the provider was told', ''],
    ['skipped', 4, 'Step change (skipped)', 'skipped by the operator: by hand'],
    ['failure', null, 'Step last (failed)', 'no room'],
    ['failure', null, 'Runbook ended: failed', 'no room'],
    ['action', null, 'set counter d', ''],
  ]);
  expect(timeline.every(({ at, by }) => !Number.isNaN(Date.parse(at)) && by === 'ann@desk')).toBe(true);
});
